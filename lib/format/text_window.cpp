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
constexpr std::size_t kFullBytes = limits::kReadBytes + limits::kRowBytes;
// What Utf16Transcoder writes beyond what room_for a piece says, at its end.
constexpr std::size_t kRoomToFinish = 32;
constexpr std::size_t kLeastRawBytes = 4096;
constexpr std::size_t kRawBytes = 256 * 1024;
// A change costs up to two windows of copying; a file of nothing but changes must not.
constexpr std::size_t kMostChanges = 500;

}  // namespace

Result<DetectedEncoding> TextWindow::start() {
  capacity_ = Utf16Transcoder::room_for(kFirstBytes) + kRoomToFinish;
  text_ = std::make_unique_for_overwrite<char[]>(capacity_);
  auto count = read_fully({text_.get(), kFirstBytes});
  if (!count) return fail(std::move(count.error()));
  is_last_ = *count < kFirstBytes;
  end_ = *count;
  const DetectedEncoding detected = detect_encoding(rest());
  begin_ = std::min(detected.mark_bytes, end_);
  if (detected.encoding == Encoding::utf16le || detected.encoding == Encoding::utf16be) {
    give_back(rest());
    begin_ = 0;
    end_ = 0;
    is_last_ = false;
    become(detected);
    auto read = read_utf16();
    if (!read) return fail(std::move(read.error()));
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

Result<bool> TextWindow::change_encoding(const DetectedEncoding& detected) {
  if (changes_ >= kMostChanges) return false;
  give_back(rest().substr(detected.mark_bytes));
  ++changes_;
  begin_ = 0;
  end_ = 0;
  is_last_ = false;
  become(detected);
  auto read = refill();
  if (!read) return fail(std::move(read.error()));
  return true;
}

void TextWindow::become(const DetectedEncoding& detected) {
  const bool is_little = detected.encoding == Encoding::utf16le;
  if (!is_little && detected.encoding != Encoding::utf16be) {
    transcoder_.reset();
    return;
  }
  transcoder_.emplace(is_little);
  if (changes_ >= kMostChanges) transcoder_->stay();
  if (!raw_) raw_ = std::make_unique_for_overwrite<char[]>(kRawBytes);
}

void TextWindow::give_back(std::string_view raw) {
  backlog_.erase(0, backlog_at_);
  backlog_at_ = 0;
  backlog_.insert(0, raw);
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
  const std::size_t wanted = std::min(limits::kReadBytes, capacity_ - end_);
  auto count = read_fully({text_.get() + end_, wanted});
  if (!count) return fail(std::move(count.error()));
  end_ += *count;
  is_last_ = *count < wanted;
  return {};
}

Result<void> TextWindow::read_utf16() {
  while (!is_last_) {
    const std::size_t room = (capacity_ - end_ - kRoomToFinish) / 3 * 2;
    const std::size_t wanted = std::min(kRawBytes, room);
    if (wanted < kLeastRawBytes) return {};
    auto count = read_fully({raw_.get(), wanted});
    if (!count) return fail(std::move(count.error()));
    const std::string_view raw(raw_.get(), *count);
    const bool is_end = raw.size() < wanted;
    const auto done = transcoder_->convert(raw, is_end, text_.get() + end_);
    end_ += done.written;
    give_back(raw.substr(done.read + (done.change ? done.change->mark_bytes : 0)));
    if (done.change || is_end) end_ += transcoder_->finish(text_.get() + end_);
    if (done.change) {
      ++changes_;
      become(*done.change);
      if (!transcoder_) return read_utf8();
    } else {
      is_last_ = is_end;
    }
  }
  return {};
}

Result<std::size_t> TextWindow::read_fully(std::span<char> into) {
  std::size_t filled = std::min(into.size(), backlog_.size() - backlog_at_);
  std::memcpy(into.data(), backlog_.data() + backlog_at_, filled);
  backlog_at_ += filled;
  if (backlog_at_ == backlog_.size()) {
    backlog_.clear();
    backlog_at_ = 0;
  }
  while (filled < into.size()) {
    auto count = source_.read(into.subspan(filled));
    if (!count) return count;
    if (*count == 0) break;
    filled += *count;
  }
  return filled;
}

}  // namespace devicebatch::format
