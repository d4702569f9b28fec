#include "format/packed/gzip_sink.hpp"

#include "base/check.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>

namespace devicebatch::format {
namespace {

constexpr int kGzip = 15 + 16;  // zlib's window of 32 KiB, and the header of gzip
constexpr int kMemoryLevel = 8;
constexpr std::size_t kMostAtOnce = std::size_t{1} << 30;  // zlib counts in 32 bits

}  // namespace

struct GzipSink::Stream {
  z_stream zlib{};
  std::array<char, std::size_t{32} * 1024> packed;
};

GzipSink::GzipSink(const ByteSink& sink) : sink_(sink), stream_(std::make_unique<Stream>()) {
  DEVICEBATCH_CHECK(deflateInit2(&stream_->zlib, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kGzip,
                                 kMemoryLevel, Z_DEFAULT_STRATEGY) == Z_OK);
}

GzipSink::~GzipSink() {
  deflateEnd(&stream_->zlib);
}

Result<void> GzipSink::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::string_view piece = bytes.substr(0, kMostAtOnce);
    // zlib only reads what it calls next_in.
    stream_->zlib.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(piece.data()));
    stream_->zlib.avail_in = static_cast<uInt>(piece.size());
    auto done = deflate_all(Z_NO_FLUSH);
    if (!done) return done;
    bytes.remove_prefix(piece.size());
  }
  return {};
}

Result<void> GzipSink::finish() {
  stream_->zlib.avail_in = 0;
  return deflate_all(Z_FINISH);
}

Result<void> GzipSink::deflate_all(int flush) {
  z_stream& zlib = stream_->zlib;
  auto& packed = stream_->packed;
  do {
    zlib.next_out = reinterpret_cast<Bytef*>(packed.data());
    zlib.avail_out = static_cast<uInt>(packed.size());
    DEVICEBATCH_CHECK(deflate(&zlib, flush) != Z_STREAM_ERROR);
    const std::size_t size = packed.size() - zlib.avail_out;
    if (size == 0) return {};
    auto done = sink_({packed.data(), size});
    if (!done) return done;
  } while (zlib.avail_out == 0);
  return {};
}

}  // namespace devicebatch::format
