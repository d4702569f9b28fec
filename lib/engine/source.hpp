// engine/source.hpp - one source at work: what its loop and its workers share.
//
// Lifecycle: made once at start for each configured source, lives as long as the engine.
// Threading: constant after construction, except `folder`: replaced by the source's own loop only,
//            handed to workers as a shared pointer.
#pragma once

#include "engine/destination.hpp"
#include "engine/receipt_text.hpp"
#include "record/row_checker.hpp"
#include "spool/drop_folder.hpp"

#include <memory>

namespace devicebatch::engine {

struct Source {
  Source(const settings::Source& source_config, Destination& target, ReceiptPlace receipt_place)
      : config(source_config), destination(target), place(std::move(receipt_place)) {}

  settings::Source config;
  Destination& destination;
  ReceiptPlace place;
  std::shared_ptr<const spool::DropFolder> folder;
};

record::CheckOptions check_options(const settings::Source& source, const std::string& batch,
                                   std::uint64_t key_seed, UtcTime now);

}  // namespace devicebatch::engine
