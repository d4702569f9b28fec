#include "format/xml/dialects.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace devicebatch::format {
namespace {

using record::Code;

struct Dialect {
  XmlKind kind;
  std::string_view root;  // in lower case
  bool is_prefix;         // names that go on behind it are of this kind too
  std::string_view words;
  std::string_view record;  // in lower case
  Code refusal;
};

constexpr Dialect kDialects[] = {
    {XmlKind::key, "key", false, "oa3 report", "key", Code::file_oa3_assemble},
    {XmlKind::key_export, "exportkeylist", false, "key export", "exportkeyinfo",
     Code::file_key_export},
    {XmlKind::build_report_ack, "computerbuildreportack", true, "build report answer", "",
     Code::file_build_report_ack},
    {XmlKind::build_report, "computerbuildreport", true, "build report", "binding",
     Code::file_build_report},
    {XmlKind::key_export_encrypted, "encryptedexportkeylist", false, "encrypted key export", "",
     Code::file_key_export_encrypted},
    {XmlKind::oa3_config, "oa3", false, "oa3 configuration", "", Code::file_oa3_config},
    {XmlKind::oa3_trace, "hardwareverificationreport", true, "oa3 trace", "", Code::file_oa3_trace},
    {XmlKind::oa3_decoded_hash, "hardwarereport", false, "oa3 decoded hash", "",
     Code::file_oa3_decoded_hash},
    {XmlKind::unit_status, "unitstatusrequest", false, "unit status request", "",
     Code::file_unit_status},
    {XmlKind::unknown, "", true, "xml", "", Code::file_xml_unknown},
};

const Dialect& dialect_of(XmlKind kind) {
  return *std::find_if(std::begin(kDialects), std::end(kDialects) - 1,
                       [&](const Dialect& dialect) { return dialect.kind == kind; });
}

struct StateRow {
  std::string_view number;
  KeyState state;
};

// Every other number is a key in use. 6 is what a run without a key check writes.
constexpr StateRow kStates[] = {
    {"0", {true, false, "invalid"}},
    {"1", {false, true, "fulfilled"}},
    {"2", {false, true, "consumed"}},
    {"5", {true, false, "returned"}},
    {"8", {true, false, "reported as returned"}},
    {"10", {true, false, "denied activation"}},
};

}  // namespace

XmlKind xml_kind_of(std::string_view root) {
  const std::string name = to_lower(root.substr(0, 64));
  for (const Dialect& dialect : kDialects) {
    if (dialect.is_prefix ? name.starts_with(dialect.root) : name == dialect.root) {
      return dialect.kind;
    }
  }
  return XmlKind::unknown;
}

std::string_view to_string(XmlKind kind) {
  return dialect_of(kind).words;
}

std::string_view record_element_of(XmlKind kind) {
  return dialect_of(kind).record;
}

bool is_taken(XmlKind kind, bool may_extract_key_exports) {
  if (kind == XmlKind::key) return true;
  return may_extract_key_exports && (kind == XmlKind::key_export || kind == XmlKind::build_report);
}

Code refusal_of(XmlKind kind) {
  return dialect_of(kind).refusal;
}

KeyState key_state_of(std::string_view number) {
  while (number.size() > 1 && number.front() == '0') number.remove_prefix(1);
  for (const StateRow& row : kStates) {
    if (row.number == number) return row.state;
  }
  const bool is_number = !number.empty() && number.size() <= 9 &&
                         std::all_of(number.begin(), number.end(), is_ascii_digit);
  if (!is_number) return {true, false, "in no state that exists"};
  return {};
}

}  // namespace devicebatch::format
