// format/text_window.hpp - a sliding window of UTF-8 over the bytes of a file.
//
// Purpose:   readers of every dialect see UTF-8 in large pieces, whatever the file is written in.
// Lifecycle: start() once, then look at rest(), skip() what was used, refill() for more.
// Threading: one thread.
// Units:     holds at most limits::kRowBytes of unused text and limits::kReadBytes of what
//            follows, and as much again while a merged file changes its encoding.
// Errors:    those of the source, handed through.
#pragma once

#include "base/result.hpp"
#include "format/byte_source.hpp"
#include "format/encoding.hpp"
#include "format/transcoder.hpp"

#include <memory>
#include <optional>
#include <string>
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

  // The text behind rest() begins with a line in another encoding, as merged files have; rest() is
  // read again in that one. False: too many changes were followed already; nothing was done.
  Result<bool> change_encoding(const DetectedEncoding& detected);
  // Changes followed so far, these and those away from UTF-16, which the window sees itself.
  std::size_t encoding_changes() const { return changes_; }

  // Moves the rest to the front and reads on. Views into the window die.
  Result<void> refill();

 private:
  Result<void> read_utf8();
  Result<void> read_utf16();
  // Fills `into` as far as the source goes; less than its size is the end.
  Result<std::size_t> read_fully(std::span<char> into);
  void make_room();
  void become(const DetectedEncoding& detected);
  // Bytes that were read and are to be read again, before anything else.
  void give_back(std::string_view raw);

  ByteSource& source_;
  std::unique_ptr<char[]> text_;
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  bool is_last_ = false;
  bool is_plain_ = true;
  std::unique_ptr<char[]> raw_;
  std::optional<Utf16Transcoder> transcoder_;
  std::string backlog_;
  std::size_t backlog_at_ = 0;
  std::size_t changes_ = 0;
};

}  // namespace devicebatch::format
