// format/packed/gzip_sink.hpp - bytes packed as a gzip file.
//
// Lifecycle: write() any number of times, finish() once.
// Threading: one thread.
// Errors:    those of the sink.
// Source:    RFC 1952; no name and no time in the header, so that equal bytes pack equally.
#pragma once

#include "format/byte_source.hpp"

#include <memory>
#include <string_view>

namespace devicebatch::format {

class GzipSink {
 public:
  explicit GzipSink(const ByteSink& sink);
  ~GzipSink();

  Result<void> write(std::string_view bytes);
  Result<void> finish();

 private:
  struct Stream;

  Result<void> deflate_all(int flush);

  const ByteSink& sink_;
  std::unique_ptr<Stream> stream_;
};

}  // namespace devicebatch::format
