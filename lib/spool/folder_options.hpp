// spool/folder_options.hpp - how a drop folder is to be used.
#pragma once

#include <string>

namespace devicebatch::spool {

struct FolderOptions {
  // Where acks/, done/ and the others are, absolute; empty: below PATH. May be another file system.
  std::string archive_path;
  // Taken although anybody may write to it, or although it belongs to neither root nor us.
  bool allow_insecure = false;
  // A share: attributes may be stale, so a file is opened before its state is believed.
  bool is_network = false;
  // Files come with markers or manifests, which are claimed and archived along with them.
  bool has_markers = false;
  // .claimed/ holds files that are being worked on: a folder without it is not the one we know, be
  // it a share that is not mounted, so it is not made anew.
  bool must_be_known = false;
};

}  // namespace devicebatch::spool
