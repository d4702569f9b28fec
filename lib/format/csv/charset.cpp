#include "format/csv/charset.hpp"

#include "base/text.hpp"

#include <iconv.h>

#include <cerrno>
#include <utility>

namespace devicebatch::format {
namespace {

// iconv_open's answer to a charset it does not know.
bool is_unknown(void* handle) {
  return reinterpret_cast<std::intptr_t>(handle) == -1;
}

std::string all_of_ascii() {
  std::string text = "\t\r\n";
  for (char c = ' '; c < '\x7F'; ++c) text.push_back(c);
  return text;
}

}  // namespace

Result<Charset> Charset::named(const std::string& name) {
  void* const handle = iconv_open("UTF-8", name.c_str());
  if (is_unknown(handle)) return fail(Errc::bad_config, "unknown charset " + printable(name));
  Charset charset(handle);
  // Separators, quotes and line breaks are found before anything is converted.
  const std::string ascii = all_of_ascii();
  if (charset.to_utf8(ascii) != ascii) {
    return fail(Errc::bad_config, "charset " + printable(name) + " does not contain ASCII");
  }
  return charset;
}

Charset::Charset(Charset&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}

Charset::~Charset() {
  if (handle_ != nullptr) iconv_close(handle_);
}

std::optional<std::string> Charset::to_utf8(std::string_view text) {
  std::string input(text);
  // No charset needs more than four bytes of UTF-8 for one of its own.
  std::string output(text.size() * 4 + 4, '\0');
  char* in = input.data();
  char* out = output.data();
  std::size_t in_left = input.size();
  std::size_t out_left = output.size();
  iconv(handle_, nullptr, nullptr, nullptr, nullptr);
  const std::size_t failed = static_cast<std::size_t>(-1);
  if (iconv(handle_, &in, &in_left, &out, &out_left) == failed || in_left != 0) return std::nullopt;
  if (iconv(handle_, nullptr, nullptr, &out, &out_left) == failed) return std::nullopt;
  output.resize(output.size() - out_left);
  return output;
}

}  // namespace devicebatch::format
