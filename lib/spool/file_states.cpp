// What a look at a file tells about it.
#include "spool/drop_folder_handles.hpp"
#include "spool/names.hpp"

#include <sys/stat.h>
#include <unistd.h>

namespace devicebatch::spool {
namespace {

std::int64_t nanoseconds(const struct timespec& time) {
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

}  // namespace

FileState state_of(const struct stat& found) {
  return {found.st_ino, static_cast<std::uint64_t>(found.st_size), nanoseconds(found.st_mtim),
          nanoseconds(found.st_ctim)};
}

bool is_same_content(const FileState& left, const FileState& right) {
  return left.inode == right.inode && left.bytes == right.bytes &&
         left.modified_ns == right.modified_ns;
}

bool is_foreign_link(const struct stat& found) {
  return found.st_nlink > 1 && found.st_uid != ::geteuid();
}

bool is_open_to_all(const struct stat& folder) {
  return (folder.st_mode & S_IWOTH) != 0 && (folder.st_mode & S_ISVTX) == 0;
}

std::string tag_of_claim(std::string_view claim_name) {
  return archive_tag(claim_name.substr(0, claim_name.find("__")));
}

}  // namespace devicebatch::spool
