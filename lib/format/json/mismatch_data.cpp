#include "format/json/mismatch_data.hpp"

#include "base/text.hpp"
#include "record/base64.hpp"

#include <array>
#include <vector>

namespace devicebatch::format {
namespace {

// `{"`, `{ `, `{` and a line break, the same in UTF-16 with and without a mark.
constexpr std::array<std::string_view, 5> kBeginnings = {"ey", "ew", "7u", "//", "77"};
constexpr std::size_t kMostBytes = 64 * 1024;

bool has_blob(std::string_view json) {
  using std::string_view_literals::operator""sv;
  return json.find("HardwareBlob") != std::string_view::npos ||
         json.find("H\0a\0r\0d\0w\0a\0r\0e\0B\0l\0o\0b\0"sv) != std::string_view::npos;
}

}  // namespace

std::optional<std::string> decode_mismatch_data(std::string_view file) {
  file = trim(file);
  if (file.size() >= 2 && file.front() == '"' && file.back() == '"') {
    file = file.substr(1, file.size() - 2);
  }
  bool is_possible = false;
  for (std::string_view beginning : kBeginnings) is_possible |= file.starts_with(beginning);
  if (!is_possible || file.size() > kMostBytes) return std::nullopt;
  std::string letters;
  letters.reserve(file.size() + 4);
  for (const char c : file) {
    if (is_ascii_space(c)) continue;
    if (!record::is_base64_letter(c) && c != '=') return std::nullopt;
    letters.push_back(c);
  }
  std::size_t padding = 0;
  while (!letters.empty() && letters.back() == '=') letters.pop_back();
  for (; letters.size() % 4 != 0; ++padding) letters.push_back('A');
  if (padding > 2) return std::nullopt;
  std::vector<std::uint8_t> bytes(letters.size() / 4 * 3);
  if (!record::decode_base64_groups(letters, bytes)) return std::nullopt;
  std::string json(bytes.begin(), bytes.end() - static_cast<std::ptrdiff_t>(padding));
  if (!has_blob(json)) return std::nullopt;
  return json;
}

}  // namespace devicebatch::format
