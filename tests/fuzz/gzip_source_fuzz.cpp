// Any bytes as a gzip file: they end, within the caps, and the same in pieces of any size. And what
// is packed comes back.
//
// The first byte chooses the size of the pieces; the rest is the file, with the magic in front if
// it has none.
#include "base/check.hpp"
#include "format/packed/gzip_sink.hpp"
#include "format/packed/gzip_source.hpp"

#include "fuzz/piece_source.hpp"

#include <cstdint>
#include <string>

namespace {

using namespace devicebatch;

constexpr std::uint64_t kMostBytes = std::uint64_t{1} << 20;

struct Inflated {
  std::string bytes;
  std::string refusal;
};

Inflated inflate_all(std::string_view file, std::size_t step) {
  fuzz::PieceSource source(file, step);
  format::GzipSource gzip(source, {kMostBytes, 200});
  Inflated result;
  std::string buffer(step, '\0');
  for (;;) {
    const auto count = gzip.read(buffer);
    DEVICEBATCH_CHECK(count.has_value());
    if (*count == 0) break;
    result.bytes.append(buffer, 0, *count);
    DEVICEBATCH_CHECK(result.bytes.size() <= kMostBytes);
  }
  if (gzip.refusal()) result.refusal = gzip.refusal()->code;
  return result;
}

std::string packed(std::string_view bytes) {
  std::string file;
  const format::ByteSink sink = [&](std::string_view piece) -> Result<void> {
    file += piece;
    return {};
  };
  format::GzipSink gzip(sink);
  DEVICEBATCH_CHECK(gzip.write(bytes).has_value());
  DEVICEBATCH_CHECK(gzip.finish().has_value());
  return file;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  std::string file(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t step = std::size_t{1} + data[0] * std::size_t{37};
  const Inflated back = inflate_all(packed(file), step);
  DEVICEBATCH_CHECK(back.refusal.empty() && back.bytes == file);
  if (!file.starts_with("\x1F\x8B")) file.insert(0, "\x1F\x8B\x08");
  const Inflated whole = inflate_all(file, std::size_t{1} << 16);
  const Inflated pieces = inflate_all(file, step);
  // Which of two faults is met first depends on the pieces.
  DEVICEBATCH_CHECK(whole.refusal.empty() == pieces.refusal.empty());
  if (whole.refusal.empty()) DEVICEBATCH_CHECK(whole.bytes == pieces.bytes);
  return 0;
}
