// engine/source.hpp - one source at work: what its loop and its workers share.
//
// Lifecycle: made once at start for each configured source, lives as long as the engine.
// Threading: constant after construction, except `folder`: replaced by the source's own loop only,
//            handed to workers as a shared pointer.
#pragma once

#include "engine/delivery/destination.hpp"
#include "engine/reading.hpp"
#include "engine/receipt_text.hpp"
#include "spool/drop_folder.hpp"
#include "spool/readiness.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace devicebatch::engine {

// Of the settings; they name only destinations that exist.
using FindDestination = std::function<Destination*(std::string_view)>;

// The lanes of intake change a directory one after the other: the kernel lets only one do so, and
// the others would spend their time waiting for its lock. Meanwhile they read, or change another.
struct Turns {
  std::mutex claiming;
  std::mutex acknowledging;
};

struct Source {
  Source(const settings::Source& source_config, const FindDestination& find);

  settings::Source config;
  Destination& destination;
  std::map<std::string, Destination*> targets;      // of whole files, by name; ours is one
  std::map<std::string, DestinationId> group_tags;  // where the rows with each go
  std::vector<Destination*> reached;                // everything that a file may bring work to
  std::shared_ptr<const spool::DropFolder> folder;
  std::shared_ptr<Turns> turns = std::make_shared<Turns>();  // a copy works on the same folder

  // Of a submission; what is no target any more counts as ours.
  const Destination& target(DestinationId id) const;
  ReceiptPlace place_of(DestinationId id) const;
};

// How lib/spool says what the settings of a source say.
spool::FolderOptions folder_options(const settings::Source& source);
spool::ReadinessOptions readiness_options(const settings::Source& source);
spool::RetentionRule retention_rule(const settings::Source& source, spool::Place place);

}  // namespace devicebatch::engine
