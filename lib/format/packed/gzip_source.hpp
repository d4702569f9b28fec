// format/packed/gzip_source.hpp - a gzip file as the bytes that are packed in it.
//
// Purpose:   inflates in pieces, several members in a row, and stops a bomb early.
// Lifecycle: one for a file.
// Threading: one thread.
// Units:     holds 64 KiB of packed bytes and zlib's 40 KiB.
// Errors:    those of the source, handed through. Damage and a cap that is exceeded end the bytes
//            early and are refusal(): what was read until then is void.
// Source:    RFC 1952; zero bytes behind the last member are padding.
#pragma once

#include "format/byte_source.hpp"
#include "record/finding.hpp"

#include <cstdint>
#include <memory>
#include <optional>

namespace devicebatch::format {

struct InflateCaps {
  std::uint64_t bytes = 0;
  std::uint64_t ratio = 0;  // bytes out for one byte in
};

class GzipSource final : public ByteSource {
 public:
  GzipSource(ByteSource& packed, InflateCaps caps);
  ~GzipSource() override;

  Result<std::size_t> read(std::span<char> into) override;

  const std::optional<record::Finding>& refusal() const { return refusal_; }

 private:
  struct Stream;

  Result<void> fill();
  void inflate_some();
  void begin_member();
  void refuse_damage(std::string_view why);
  bool exceeds_caps();

  ByteSource& packed_;
  const InflateCaps caps_;
  std::unique_ptr<Stream> stream_;
  std::unique_ptr<char[]> buffer_;
  std::uint64_t bytes_in_ = 0;
  std::uint64_t bytes_out_ = 0;
  bool is_packed_end_ = false;  // the source has no more bytes
  bool is_in_member_ = true;
  bool is_end_ = false;
  std::optional<record::Finding> refusal_;
};

}  // namespace devicebatch::format
