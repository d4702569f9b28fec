// format/redaction.hpp - a file without the product keys that are in it.
//
// Purpose:   a file that holds a 25-character product key is kept without it.
// Threading: the caller's thread.
// Units:     memory is bounded by some pieces of 64 KiB, whatever the file.
// Errors:    those of source and sink, handed through.
// Source:    docs/formats.md, "The secret".
#pragma once

#include "format/byte_source.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace devicebatch::format {

// Copies `source` to `sink` with every product key turned into asterisks, in UTF-8 and UTF-16 of
// either byte order, whatever the file is. All other bytes and the size stay as they are. Returns
// how many keys there were. A gzip file is inflated first and packed again; damage in it is
// Errc::corrupt.
Result<std::uint64_t> redact(ByteSource& source, const ByteSink& sink);

// The same for bytes that come in pieces; a key may lie across two of them.
class KeyMask {
 public:
  // `sink` gets pieces of some 64 KiB.
  Result<void> feed(std::string_view bytes, const ByteSink& sink);
  // When no more come; nothing reaches the sink without it.
  Result<void> finish(const ByteSink& sink);
  std::uint64_t count() const { return count_; }

 private:
  Result<void> feed_text(std::string_view bytes, const ByteSink& sink);
  Result<void> feed_zeros(std::size_t count, const ByteSink& sink);
  Result<void> emit(std::string_view bytes, const ByteSink& sink);
  Result<void> settle(bool is_end, const ByteSink& sink);
  void mask_keys_before(std::size_t end);
  void mask_raw_keys_before(std::size_t end);
  void forget_before(std::size_t at);
  std::size_t raw_position(std::size_t at) const;

  // Bytes as they came, from the context of what is to be searched on; `text_` is the same without
  // the zero bytes that UTF-16 has between its letters.
  std::string raw_;
  std::string text_;
  std::vector<std::uint32_t> where_;  // in raw_, of each byte of text_; empty: at the same place
  std::size_t emitted_ = 0;           // of raw_, handed on already
  std::size_t searched_ = 0;          // of text_
  std::size_t zeros_ = 0;             // in a row, at the end of raw_
  std::uint64_t count_ = 0;
  std::string out_;  // settled, for the sink
};

// The text of a file with its keys masked, to be read again: what a reader still finds in it could
// not be masked. A gzip file comes out inflated; damage in it is Errc::corrupt.
class RedactedSource final : public ByteSource {
 public:
  explicit RedactedSource(ByteSource& source);
  ~RedactedSource() override;

  Result<std::size_t> read(std::span<char> into) override;
  // Keys masked so far.
  std::uint64_t count() const { return mask_.count(); }

 private:
  Result<void> open();
  Result<void> fill();

  struct Packed;
  std::unique_ptr<Packed> packed_;
  ByteSource* text_ = nullptr;
  KeyMask mask_;
  std::string masked_;
  std::size_t at_ = 0;
  bool is_end_ = false;
};

}  // namespace devicebatch::format
