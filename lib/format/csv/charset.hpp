// format/csv/charset.hpp - old 8-bit and Asian charsets to UTF-8, a row at a time.
//
// Purpose:   rows that are not valid UTF-8, from sources that are known to write something else.
// Lifecycle: one for a file.
// Threading: one thread.
// Errors:    bad_config for a name that iconv does not know, or that does not contain ASCII as it
//            is; nullopt for text that is none in the charset.
// Source:    glibc's iconv.
#pragma once

#include "base/result.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace devicebatch::format {

class Charset {
 public:
  static Result<Charset> named(const std::string& name);
  ~Charset();
  Charset(Charset&&) noexcept;
  Charset& operator=(Charset&&) = delete;

  std::optional<std::string> to_utf8(std::string_view text);

 private:
  explicit Charset(void* handle) : handle_(handle) {}

  void* handle_;
};

}  // namespace devicebatch::format
