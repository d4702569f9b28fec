#include "sandbox/web/framing.hpp"

#include <boost/beast/http/status.hpp>
#include <boost/crc.hpp>

#include <algorithm>

namespace devicebatch::sandbox {
namespace {

namespace http = boost::beast::http;

bool has_body(unsigned status) {
  return status != 204 && status != 304;
}

void add_line(std::string& bytes, std::string_view name, std::string_view value) {
  bytes.append(name).append(": ").append(value).append("\r\n");
}

void add_length(std::string& bytes, const Answer& answer) {
  const std::uint64_t length = answer.body.size() + answer.framing.padding;
  if (answer.framing.length == LengthForm::missing || !has_body(answer.status)) return;
  add_line(bytes, "Content-Length", std::to_string(length));
  if (answer.framing.length == LengthForm::twice) {
    add_line(bytes, "Content-Length", std::to_string(length + 1));
  }
}

void append_little_endian(std::string& bytes, std::uint32_t number, int count) {
  for (int i = 0; i < count; ++i) bytes.push_back(static_cast<char>(number >> (8 * i) & 0xFF));
}

}  // namespace

std::string to_bytes(const Answer& answer, bool keeps_alive) {
  std::string bytes = "HTTP/1.1 " + std::to_string(answer.status) + ' ';
  const boost::beast::string_view reason =
      http::obsolete_reason(http::int_to_status(answer.status));
  bytes.append(reason.data(), reason.size()).append("\r\n");
  for (const Header& each : answer.headers) add_line(bytes, each.name, each.value);
  if (!keeps_alive) add_line(bytes, "Connection", "close");
  add_length(bytes, answer);
  bytes += "\r\n";
  if (has_body(answer.status)) bytes += answer.body;
  return bytes;
}

std::string gzip(const std::string& plain) {
  constexpr std::size_t kBlock = 0xFFFF;  // the most that a stored block holds
  std::string bytes("\x1F\x8B\x08\0\0\0\0\0\0\xFF", 10);
  std::size_t at = 0;
  do {
    const std::size_t size = std::min(kBlock, plain.size() - at);
    const bool is_last = at + size == plain.size();
    bytes.push_back(is_last ? '\1' : '\0');
    append_little_endian(bytes, static_cast<std::uint32_t>(size), 2);
    append_little_endian(bytes, ~static_cast<std::uint32_t>(size), 2);
    bytes.append(plain, at, size);
    at += size;
  } while (at < plain.size());
  boost::crc_32_type sum;
  sum.process_bytes(plain.data(), plain.size());
  append_little_endian(bytes, sum.checksum(), 4);
  append_little_endian(bytes, static_cast<std::uint32_t>(plain.size()), 4);
  return bytes;
}

}  // namespace devicebatch::sandbox
