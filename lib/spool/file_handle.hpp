// spool/file_handle.hpp - an open file or directory that closes itself.
#pragma once

#include "base/result.hpp"
#include "base/sha256.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace devicebatch::spool {

class FileHandle {
 public:
  FileHandle() = default;
  explicit FileHandle(int descriptor) : descriptor_(descriptor) {}
  FileHandle(FileHandle&& other) noexcept;
  FileHandle& operator=(FileHandle&& other) noexcept;
  ~FileHandle();

  explicit operator bool() const { return descriptor_ >= 0; }
  int descriptor() const { return descriptor_; }

  // Fills the front of `into`; 0 at the end. Retries EINTR.
  Result<std::size_t> read(std::span<char> into) const;
  Result<std::size_t> read_at(std::uint64_t offset, std::span<char> into) const;
  // So many bytes from there, or as many as there are.
  Result<std::string> read_part(std::uint64_t offset, std::size_t bytes) const;
  // Of all that is in it, wherever it was read up to.
  Result<Digest> digest() const;
  // Writes all of it. Retries EINTR and short writes.
  Result<void> write_all(std::string_view bytes) const;
  Result<void> sync() const;

 private:
  int descriptor_ = -1;
};

}  // namespace devicebatch::spool
