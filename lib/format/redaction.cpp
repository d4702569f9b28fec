#include "format/redaction.hpp"

#include "base/text.hpp"
#include "format/packed/file_kind.hpp"
#include "format/packed/gzip_sink.hpp"
#include "format/packed/gzip_source.hpp"
#include "format/packed/head_source.hpp"
#include "record/product_key.hpp"

#include <algorithm>
#include <limits>
#include <memory>
#include <numeric>

namespace devicebatch::format {
namespace {

constexpr std::size_t kPieceBytes = 64 * 1024;
// UTF-32 has three between its letters; with four in a row no key goes on.
constexpr std::size_t kZerosOfText = 3;

// What is inflated here was taken already, or refused.
constexpr auto kNoCap = std::numeric_limits<std::uint64_t>::max();

bool is_letter_or_digit(char c) {
  return is_ascii_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z');
}

Result<std::uint64_t> copy_masked(ByteSource& source, const ByteSink& sink) {
  const auto buffer = std::make_unique_for_overwrite<char[]>(kPieceBytes);
  KeyMask mask;
  for (;;) {
    auto count = source.read({buffer.get(), kPieceBytes});
    if (!count) return fail(std::move(count.error()));
    if (*count == 0) break;
    auto done = mask.feed({buffer.get(), *count}, sink);
    if (!done) return fail(std::move(done.error()));
  }
  auto done = mask.finish(sink);
  if (!done) return fail(std::move(done.error()));
  return mask.count();
}

}  // namespace

Result<std::uint64_t> redact(ByteSource& source, const ByteSink& sink) {
  HeadSource whole(source);
  const auto head = whole.head(2);
  if (!head) return fail(Error(head.error()));
  if (!is_gzip(*head)) return copy_masked(whole, sink);
  GzipSource inflated(whole, {kNoCap, kNoCap});
  GzipSink packed(sink);
  auto count = copy_masked(inflated, [&](std::string_view bytes) { return packed.write(bytes); });
  if (!count) return count;
  if (inflated.refusal()) return fail(Errc::corrupt, inflated.refusal()->reason);
  auto finished = packed.finish();
  if (!finished) return fail(std::move(finished.error()));
  return count;
}

Result<void> KeyMask::feed(std::string_view bytes, const ByteSink& sink) {
  while (!bytes.empty()) {
    const std::size_t zeros = std::min(bytes.find_first_not_of('\0'), bytes.size());
    auto fed = feed_zeros(zeros, sink);
    if (!fed) return fed;
    bytes.remove_prefix(zeros);
    const std::size_t size = std::min({bytes.find('\0'), bytes.size(), kPieceBytes});
    fed = feed_text(bytes.substr(0, size), sink);
    if (!fed) return fed;
    bytes.remove_prefix(size);
  }
  return {};
}

Result<void> KeyMask::finish(const ByteSink& sink) {
  auto done = settle(true, sink);
  if (done && !out_.empty()) done = sink(out_);
  out_.clear();
  return done;
}

// Rows and zero bytes come in small pieces, and sinks write files.
Result<void> KeyMask::emit(std::string_view bytes, const ByteSink& sink) {
  out_.append(bytes);
  if (out_.size() < kPieceBytes) return {};
  auto done = sink(out_);
  out_.clear();
  return done;
}

Result<void> KeyMask::feed_text(std::string_view bytes, const ByteSink& sink) {
  if (bytes.empty()) return {};
  zeros_ = 0;
  if (raw_.size() != text_.size()) {
    const std::size_t known = where_.size();
    where_.resize(known + bytes.size());
    std::iota(where_.begin() + static_cast<std::ptrdiff_t>(known), where_.end(),
              static_cast<std::uint32_t>(raw_.size()));
  }
  raw_.append(bytes);
  text_.append(bytes);
  return text_.size() < kPieceBytes ? Result<void>() : settle(false, sink);
}

Result<void> KeyMask::feed_zeros(std::size_t count, const ByteSink& sink) {
  if (count == 0) return {};
  if (raw_.size() == text_.size()) {
    where_.resize(text_.size());
    std::iota(where_.begin(), where_.end(), 0U);
  }
  if (zeros_ + count <= kZerosOfText) {
    zeros_ += count;
    raw_.append(count, '\0');
    return {};
  }
  auto done = settle(true, sink);
  zeros_ = kZerosOfText;
  for (; done && count > 0; count -= std::min(count, kPieceBytes)) {
    done = emit(std::string(std::min(count, kPieceBytes), '\0'), sink);
  }
  return done;
}

// Hands on what is certain: all of it at the end, or all but the context of what may follow.
Result<void> KeyMask::settle(bool is_end, const ByteSink& sink) {
  const std::size_t context = is_end ? 0 : record::kKeyContextBytes;
  const std::size_t end = text_.size() - std::min(text_.size(), context);
  mask_keys_before(end);
  const std::size_t raw_end = end == text_.size() ? raw_.size() : raw_position(end);
  if (!where_.empty()) mask_raw_keys_before(raw_end);
  Result<void> done;
  if (raw_end > emitted_) {
    done = emit(std::string_view(raw_).substr(emitted_, raw_end - emitted_), sink);
    emitted_ = raw_end;
  }
  forget_before(is_end ? text_.size() : end - std::min(end, record::kKeyContextBytes));
  return done;
}

void KeyMask::mask_keys_before(std::size_t end) {
  for (;;) {
    const auto key = record::find_product_key(text_, searched_);
    if (!key || key->start >= end) break;
    for (std::size_t at = key->start; at < key->start + key->length; ++at) {
      if (!is_letter_or_digit(text_[at])) continue;
      text_[at] = '*';
      raw_[raw_position(at)] = '*';
    }
    searched_ = key->start + key->length;
    ++count_;
  }
  searched_ = std::max(searched_, end);
}

// Where UTF-8 stands beside zero bytes, these end its words.
void KeyMask::mask_raw_keys_before(std::size_t end) {
  std::size_t from = emitted_;
  for (;;) {
    const auto key = record::find_product_key(raw_, from);
    if (!key || key->start >= end) return;
    for (std::size_t at = key->start; at < key->start + key->length; ++at) {
      if (!is_letter_or_digit(raw_[at])) continue;
      const auto known = std::lower_bound(where_.begin(), where_.end(), at);
      text_[static_cast<std::size_t>(known - where_.begin())] = '*';
      raw_[at] = '*';
    }
    from = key->start + key->length;
    ++count_;
  }
}

void KeyMask::forget_before(std::size_t at) {
  const std::size_t raw_at = at == text_.size() ? raw_.size() : raw_position(at);
  text_.erase(0, at);
  raw_.erase(0, raw_at);
  emitted_ -= raw_at;
  searched_ -= at;
  if (where_.empty()) return;
  where_.erase(where_.begin(), where_.begin() + static_cast<std::ptrdiff_t>(at));
  for (std::uint32_t& place : where_) place -= static_cast<std::uint32_t>(raw_at);
  if (raw_.size() == text_.size()) where_.clear();
}

std::size_t KeyMask::raw_position(std::size_t at) const {
  return where_.empty() ? at : where_[at];
}

struct RedactedSource::Packed {
  explicit Packed(ByteSource& source) : whole(source), inflated(whole, {kNoCap, kNoCap}) {}
  HeadSource whole;
  GzipSource inflated;
};

RedactedSource::RedactedSource(ByteSource& source) : packed_(std::make_unique<Packed>(source)) {}
RedactedSource::~RedactedSource() = default;

Result<void> RedactedSource::open() {
  const auto head = packed_->whole.head(2);
  if (!head) return fail(Error(head.error()));
  text_ = &packed_->whole;
  if (is_gzip(*head)) text_ = &packed_->inflated;
  return {};
}

Result<void> RedactedSource::fill() {
  masked_.clear();
  at_ = 0;
  const ByteSink keep = [this](std::string_view bytes) -> Result<void> {
    masked_ += bytes;
    return {};
  };
  std::string piece(kPieceBytes, '\0');
  while (masked_.empty() && !is_end_) {
    const auto count = text_->read(piece);
    if (!count) return fail(Error(count.error()));
    is_end_ = *count == 0;
    auto fed = is_end_ ? mask_.finish(keep) : mask_.feed({piece.data(), *count}, keep);
    if (!fed) return fed;
  }
  if (!packed_->inflated.refusal()) return {};
  return fail(Errc::corrupt, packed_->inflated.refusal()->reason);
}

Result<std::size_t> RedactedSource::read(std::span<char> into) {
  if (text_ == nullptr) {
    auto opened = open();
    if (!opened) return fail(std::move(opened.error()));
  }
  if (at_ == masked_.size()) {
    auto filled = fill();
    if (!filled) return fail(std::move(filled.error()));
  }
  const std::size_t count = masked_.copy(into.data(), into.size(), at_);
  at_ += count;
  return count;
}

}  // namespace devicebatch::format
