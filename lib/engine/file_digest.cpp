#include "engine/file_digest.hpp"

#include "base/limits.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>

namespace devicebatch::engine {
namespace {

constexpr std::size_t kEndBytes = 64 * 1024;

// Reads exactly what is there in [offset, offset + size), which a shrinking file may cut short.
Result<void> add_range(const spool::FileHandle& handle, std::uint64_t offset, std::size_t size,
                       Sha256& digest) {
  std::string buffer(size, '\0');
  std::size_t have = 0;
  while (have < size) {
    const Result<std::size_t> got = handle.read_at(offset + have, std::span(buffer).subspan(have));
    if (!got) return fail(Error(got.error()));
    if (*got == 0) break;
    have += *got;
  }
  digest.add(std::string_view(buffer).substr(0, have));
  return {};
}

}  // namespace

Result<Digest> digest_of(const spool::FileHandle& handle) {
  Sha256 digest;
  std::string window(limits::kWindowBytes, '\0');
  std::uint64_t offset = 0;
  for (;;) {
    const Result<std::size_t> got = handle.read_at(offset, window);
    if (!got) return fail(Error(got.error()));
    if (*got == 0) return digest.finish();
    digest.add(std::string_view(window).substr(0, *got));
    offset += *got;
  }
}

Result<std::uint64_t> fingerprint_of(const spool::FileHandle& handle, std::uint64_t size) {
  Sha256 digest;
  digest.add(std::to_string(size) + "\n");
  const auto head = static_cast<std::size_t>(std::min<std::uint64_t>(size, kEndBytes));
  Result<void> added = add_range(handle, 0, head, digest);
  if (added && size > head) added = add_range(handle, size - head, head, digest);
  if (!added) return fail(std::move(added.error()));
  std::uint64_t fingerprint = 0;
  std::memcpy(&fingerprint, digest.finish().data(), sizeof fingerprint);
  return fingerprint;
}

Result<FileStamp> stamp_of(const spool::FileHandle& handle) {
  struct stat status {};
  if (fstat(handle.descriptor(), &status) != 0) return fail(system_error(errno, "fstat"));
  FileStamp stamp;
  stamp.size = static_cast<std::uint64_t>(status.st_size);
  stamp.modified_ns = std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec;
  return stamp;
}

}  // namespace devicebatch::engine
