#include "format/packed/gzip_source.hpp"

#include "base/check.hpp"
#include "base/limits.hpp"
#include "record/finding_codes.hpp"

#include <zlib.h>

#include <algorithm>
#include <string>

namespace devicebatch::format {
namespace {

constexpr std::size_t kPackedBytes = 64 * 1024;
constexpr int kGzipOnly = 15 + 16;  // zlib's window of 32 KiB, and the header of gzip
// zlib counts in 32 bits.
constexpr std::size_t kMostAtOnce = std::size_t{1} << 30;

Bytef* as_zlib(char* bytes) {
  return reinterpret_cast<Bytef*>(bytes);
}

}  // namespace

struct GzipSource::Stream {
  z_stream zlib{};
};

GzipSource::GzipSource(ByteSource& packed, InflateCaps caps)
    : packed_(packed),
      caps_(caps),
      stream_(std::make_unique<Stream>()),
      buffer_(std::make_unique_for_overwrite<char[]>(kPackedBytes)) {
  DEVICEBATCH_CHECK(inflateInit2(&stream_->zlib, kGzipOnly) == Z_OK);
}

GzipSource::~GzipSource() {
  inflateEnd(&stream_->zlib);
}

Result<std::size_t> GzipSource::read(std::span<char> into) {
  z_stream& zlib = stream_->zlib;
  const std::size_t wanted = std::min(into.size(), kMostAtOnce);
  zlib.next_out = as_zlib(into.data());
  zlib.avail_out = static_cast<uInt>(wanted);
  while (!is_end_ && !refusal_ && zlib.avail_out == wanted && wanted > 0) {
    if (zlib.avail_in == 0 && !is_packed_end_) {
      auto filled = fill();
      if (!filled) return fail(std::move(filled.error()));
    }
    is_in_member_ ? inflate_some() : begin_member();
  }
  const std::size_t count = wanted - zlib.avail_out;
  bytes_out_ += count;
  if (refusal_ || exceeds_caps()) return 0;
  return count;
}

Result<void> GzipSource::fill() {
  auto count = packed_.read({buffer_.get(), kPackedBytes});
  if (!count) return fail(std::move(count.error()));
  bytes_in_ += *count;
  is_packed_end_ = *count == 0;
  stream_->zlib.next_in = as_zlib(buffer_.get());
  stream_->zlib.avail_in = static_cast<uInt>(*count);
  return {};
}

void GzipSource::inflate_some() {
  z_stream& zlib = stream_->zlib;
  const uInt before = zlib.avail_in;
  const int done = inflate(&zlib, Z_NO_FLUSH);
  if (done == Z_STREAM_END) {
    is_in_member_ = false;
  } else if (done == Z_BUF_ERROR || (done == Z_OK && before == 0)) {
    if (is_packed_end_) refuse_damage("its end is missing");
  } else if (done != Z_OK) {
    refuse_damage(zlib.msg == nullptr ? "it cannot be inflated" : zlib.msg);
  }
}

// Between two members: another one, padding, or the end.
void GzipSource::begin_member() {
  z_stream& zlib = stream_->zlib;
  while (zlib.avail_in > 0 && *zlib.next_in == 0) {
    ++zlib.next_in;
    --zlib.avail_in;
  }
  if (zlib.avail_in == 0) {
    is_end_ = is_packed_end_;
  } else if (*zlib.next_in != 0x1F) {
    refuse_damage("something follows behind its end");
  } else {
    DEVICEBATCH_CHECK(inflateReset(&zlib) == Z_OK);
    is_in_member_ = true;
  }
}

void GzipSource::refuse_damage(std::string_view why) {
  refusal_ = record::make_finding(record::Code::file_gzip_damaged, {why});
}

bool GzipSource::exceeds_caps() {
  if (bytes_out_ > caps_.bytes) {
    refusal_ = record::make_finding(record::Code::file_inflates_too_much,
                                    {"more than " + std::to_string(caps_.bytes) + " bytes"});
  } else if (caps_.ratio != 0 && bytes_out_ > limits::kInflationGrace &&
             bytes_out_ / caps_.ratio > bytes_in_) {
    refusal_ = record::make_finding(record::Code::file_inflates_too_much,
                                    {"more than " + std::to_string(caps_.ratio) + " times"});
  }
  return refusal_.has_value();
}

}  // namespace devicebatch::format
