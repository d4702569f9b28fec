// engine/source.hpp - one source at work: what its loop and its workers share.
//
// Lifecycle: made once at start for each configured source, lives as long as the engine.
// Threading: constant after construction, except `folder`: replaced by the source's own loop only,
//            handed to workers as a shared pointer.
#pragma once

#include "engine/delivery/destination.hpp"
#include "engine/receipt_text.hpp"
#include "record/row_checker.hpp"
#include "spool/drop_folder.hpp"

#include <array>
#include <cstdint>
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

// Are the folders behind our handles still those behind their names? Somebody may move or remove a
// drop folder, or done/ when it has grown; handles keep pointing at what is gone, and files would
// vanish in it or wait for ever. The layout is that of spool/drop_folder.hpp.
class FolderIdentity {
 public:
  FolderIdentity() = default;
  // Of the folder and the subfolders that are there now. Blocking.
  static FolderIdentity of(const std::string& path);

  bool operator==(const FolderIdentity&) const = default;

 private:
  struct Node {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;  // 0: not there
    bool operator==(const Node&) const = default;
  };
  static Node look_at(const std::string& path);

  std::array<Node, 6> nodes_{};
};

}  // namespace devicebatch::engine
