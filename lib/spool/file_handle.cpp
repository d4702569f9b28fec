#include "spool/file_handle.hpp"

#include "base/limits.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace devicebatch::spool {

FileHandle::FileHandle(FileHandle&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)) {}

FileHandle& FileHandle::operator=(FileHandle&& other) noexcept {
  // `other` closes what was held here.
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

FileHandle::~FileHandle() {
  // Not repeated after EINTR: Linux has closed it by then, and the number may be in use again.
  if (descriptor_ >= 0) ::close(descriptor_);
}

Result<std::size_t> FileHandle::read(std::span<char> into) const {
  for (;;) {
    const ssize_t got = ::read(descriptor_, into.data(), into.size());
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno != EINTR) return fail(system_error(errno, "read"));
  }
}

Result<std::size_t> FileHandle::read_at(std::uint64_t offset, std::span<char> into) const {
  for (;;) {
    const ssize_t got = ::pread(descriptor_, into.data(), into.size(), static_cast<off_t>(offset));
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno != EINTR) return fail(system_error(errno, "read"));
  }
}

Result<std::string> FileHandle::read_part(std::uint64_t offset, std::size_t bytes) const {
  std::string text(bytes, '\0');
  std::size_t have = 0;
  while (have < bytes) {
    auto got = read_at(offset + have, std::span(text).subspan(have));
    if (!got) return fail(std::move(got.error()));
    if (*got == 0) break;  // it shrank meanwhile
    have += *got;
  }
  text.resize(have);
  return text;
}

Result<Digest> FileHandle::digest() const {
  Sha256 digest;
  std::string window(limits::kReadBytes, '\0');
  std::uint64_t offset = 0;
  for (;;) {
    auto got = read_at(offset, window);
    if (!got) return fail(std::move(got.error()));
    if (*got == 0) return digest.finish();
    digest.add(std::string_view(window).substr(0, *got));
    offset += *got;
  }
}

Result<void> FileHandle::write_all(std::string_view bytes) const {
  while (!bytes.empty()) {
    const ssize_t put = ::write(descriptor_, bytes.data(), bytes.size());
    if (put >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(put));
    } else if (errno != EINTR) {
      return fail(system_error(errno, "write"));
    }
  }
  return {};
}

Result<void> FileHandle::sync() const {
  // Not repeated after an error: the kernel has forgotten the failed pages, so a second call would
  // report a success that did not happen.
  if (::fsync(descriptor_) != 0) return fail(system_error(errno, "fsync"));
  return {};
}

}  // namespace devicebatch::spool
