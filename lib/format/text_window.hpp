// format/text_window.hpp - a sliding window of UTF-8 over the bytes of a file.
//
// Purpose:   readers of every dialect see UTF-8 in large pieces, whatever the file is written in.
// Lifecycle: start() once, then look at rest(), skip() what was used, refill() for more.
// Threading: one thread.
// Units:     holds at most limits::kRowBytes of unused text and limits::kWindowBytes of what
//            follows.
// Errors:    those of the source, handed through.
#pragma once

#include "base/result.hpp"
#include "format/byte_source.hpp"
#include "format/encoding.hpp"
#include "format/transcoder.hpp"

#include <memory>
#include <optional>
#include <string_view>

namespace devicebatch::format {

class TextWindow {
 public:
  explicit TextWindow(ByteSource& source) : source_(source) {}

  // Reads the beginning and finds the encoding. With Encoding::unknown the text is not to be used.
  Result<DetectedEncoding> start();

  // The text that was read and not skipped. Valid until refill().
  std::string_view rest() const { return {text_.get() + begin_, end_ - begin_}; }
  void skip(std::size_t bytes) { begin_ += bytes; }
  // Nothing follows behind rest().
  bool is_last() const { return is_last_; }
  // No zero byte and nothing beyond ASCII in rest().
  bool is_plain() const { return is_plain_; }

  // Moves the rest to the front and reads on. Views into the window die.
  Result<void> refill();

 private:
  Result<void> read_utf8();
  Result<void> read_utf16();
  // Fills `into` as far as the source goes; less than its size is the end.
  Result<std::size_t> read_fully(std::span<char> into);
  void make_room();

  ByteSource& source_;
  std::unique_ptr<char[]> text_;
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  bool is_last_ = false;
  bool is_plain_ = true;
  std::unique_ptr<char[]> raw_;
  std::optional<Utf16Transcoder> transcoder_;
};

}  // namespace devicebatch::format
