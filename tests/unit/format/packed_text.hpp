// unit/format/packed_text.hpp - a text as our own gzip writer packs it.
#pragma once

#include "format/packed/gzip_sink.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <string_view>

namespace devicebatch::format {

inline std::string packed(std::string_view text) {
  std::string bytes;
  const ByteSink sink = [&](std::string_view piece) -> Result<void> {
    bytes += piece;
    return {};
  };
  GzipSink gzip(sink);
  REQUIRE(gzip.write(text));
  REQUIRE(gzip.finish());
  return bytes;
}

}  // namespace devicebatch::format
