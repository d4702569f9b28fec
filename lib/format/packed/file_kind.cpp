#include "format/packed/file_kind.hpp"

#include "record/finding_codes.hpp"

#include <algorithm>
#include <iterator>

namespace devicebatch::format {
namespace {

using std::string_view_literals::operator""sv;

struct Kind {
  std::string_view magic;
  std::string_view name;
};
constexpr Kind kKinds[] = {
    {"PK\x03\x04"sv, "zip"},
    {"PK\x05\x06"sv, "zip"},
    {"\x28\xB5\x2F\xFD"sv, "zstd"},
    {"\xFD"
     "7zXZ\0"sv,
     "xz"},
    {"BZh"sv, "bzip2"},
    {"7z\xBC\xAF\x27\x1C"sv, "7-Zip"},
    {"Rar!\x1A\x07"sv, "RAR"},
    {"\x04\x22\x4D\x18"sv, "lz4"},
    {"MSCF\0\0\0\0"sv, "cabinet"},
    {"%PDF-"sv, "PDF"},
    {"SQLite format 3\0"sv, "SQLite"},
};
constexpr std::string_view kOldWorkbook = "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"sv;

// Both are zip files; what is in them stands in the names of the first entries.
std::string_view workbook_kind(std::string_view head) {
  if (head.starts_with(kOldWorkbook)) return "Excel 97";
  if (!head.starts_with("PK\x03\x04"sv)) return {};
  if (head.find("[Content_Types].xml") != std::string_view::npos ||
      head.find("xl/") != std::string_view::npos) {
    return "Excel";
  }
  if (head.find("opendocument.spreadsheet") != std::string_view::npos) return "OpenDocument";
  return {};
}

}  // namespace

bool is_gzip(std::string_view head) {
  return head.starts_with("\x1F\x8B"sv);
}

std::string_view packed_kind(std::string_view head) {
  const std::string_view workbook = workbook_kind(head);
  if (!workbook.empty()) return workbook;
  const auto* known = std::find_if(std::begin(kKinds), std::end(kKinds),
                                   [&](const Kind& kind) { return head.starts_with(kind.magic); });
  return known == std::end(kKinds) ? std::string_view() : known->name;
}

std::optional<record::Finding> refuse_packed(std::string_view head) {
  const std::string_view kind = packed_kind(head);
  if (kind.empty()) return std::nullopt;
  const bool is_workbook = !workbook_kind(head).empty();
  return record::make_finding(is_workbook ? record::Code::file_workbook : record::Code::file_packed,
                              {kind});
}

}  // namespace devicebatch::format
