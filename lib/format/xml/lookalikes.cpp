#include "format/xml/lookalikes.hpp"

#include "record/product_key.hpp"

namespace devicebatch::format {
namespace {

using record::Code;

// The numbers in front of the key, the first of which is 1 or the name of the table, and the key.
constexpr std::size_t kNumberBytes = 8;
constexpr std::size_t kTableBytes = 4096;

bool has(std::string_view text, std::string_view word) {
  return text.find(word) != std::string_view::npos;
}

}  // namespace

std::optional<Code> find_oa3_lookalike(std::string_view head) {
  const bool is_binary =
      has(head.substr(0, kNumberBytes), std::string_view("\0", 1)) || head.starts_with("MSDM");
  if (is_binary) {
    if (record::contains_product_key(head.substr(0, kTableBytes))) return Code::file_oa3_binary;
    return std::nullopt;
  }
  const bool has_report =
      has(head, "<Key>") && (has(head, "<HardwareHash>") || has(head, "<ProductKeyID>"));
  return has_report ? std::optional(Code::file_oa3_in_log) : std::nullopt;
}

}  // namespace devicebatch::format
