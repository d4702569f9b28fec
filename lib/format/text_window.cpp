#include "format/text_window.hpp"

#include "base/check.hpp"
#include "base/limits.hpp"

#include <algorithm>
#include <cstring>

namespace devicebatch::format {
namespace {

// Most files have one row: the first window is small, and the large one is only made when it is
// needed.
constexpr std::size_t kFirstBytes = 64 * 1024;
constexpr std::size_t kFullBytes = limits::kWindowBytes + limits::kRowBytes;
constexpr std::size_t kRawBytes = 256 * 1024;

}  // namespace

Result<DetectedEncoding> TextWindow::start() {
  capacity_ = kFirstBytes;
  text_ = std::make_unique_for_overwrite<char[]>(capacity_);
  auto count = read_fully({text_.get(), capacity_});
  if (!count) return fail(std::move(count.error()));
  is_last_ = *count < capacity_;
  end_ = *count;
  const DetectedEncoding detected = detect_encoding(rest());
  begin_ = std::min(detected.mark_bytes, end_);
  const bool is_little = detected.encoding == Encoding::utf16le;
  if (is_little || detected.encoding == Encoding::utf16be) {
    transcoder_.emplace(is_little);
    raw_ = std::make_unique_for_overwrite<char[]>(kRawBytes);
    const std::size_t size = end_ - begin_;
    std::memcpy(raw_.get(), text_.get() + begin_, size);
    begin_ = 0;
    capacity_ = Utf16Transcoder::room_for(kFirstBytes) + 8;
    text_ = std::make_unique_for_overwrite<char[]>(capacity_);
    end_ = transcoder_->convert({raw_.get(), size}, text_.get());
    if (is_last_) end_ += transcoder_->finish(text_.get() + end_);
  }
  is_plain_ = is_plain_ascii(rest());
  return detected;
}

Result<void> TextWindow::refill() {
  if (is_last_) return {};
  make_room();
  auto read = transcoder_ ? read_utf16() : read_utf8();
  is_plain_ = is_plain_ascii(rest());
  return read;
}

void TextWindow::make_room() {
  const std::size_t kept = end_ - begin_;
  DEVICEBATCH_CHECK(kept <= limits::kRowBytes || kept <= kFirstBytes * 2);
  if (capacity_ < kFullBytes) {
    capacity_ = kFullBytes;
    auto larger = std::make_unique_for_overwrite<char[]>(capacity_);
    std::memcpy(larger.get(), text_.get() + begin_, kept);
    text_ = std::move(larger);
  } else {
    std::memmove(text_.get(), text_.get() + begin_, kept);
  }
  begin_ = 0;
  end_ = kept;
}

Result<void> TextWindow::read_utf8() {
  const std::size_t wanted = std::min(limits::kWindowBytes, capacity_ - end_);
  auto count = read_fully({text_.get() + end_, wanted});
  if (!count) return fail(std::move(count.error()));
  end_ += *count;
  is_last_ = *count < wanted;
  return {};
}

Result<void> TextWindow::read_utf16() {
  while (!is_last_ && capacity_ - end_ >= Utf16Transcoder::room_for(kRawBytes)) {
    auto count = read_fully({raw_.get(), kRawBytes});
    if (!count) return fail(std::move(count.error()));
    end_ += transcoder_->convert({raw_.get(), *count}, text_.get() + end_);
    is_last_ = *count < kRawBytes;
    if (is_last_) end_ += transcoder_->finish(text_.get() + end_);
  }
  return {};
}

Result<std::size_t> TextWindow::read_fully(std::span<char> into) {
  std::size_t filled = 0;
  while (filled < into.size()) {
    auto count = source_.read(into.subspan(filled));
    if (!count) return count;
    if (*count == 0) break;
    filled += *count;
  }
  return filled;
}

}  // namespace devicebatch::format
