// format/xml/dialects.hpp - the XML files that a factory has, by their root element.
//
// Purpose:   one table: what a file is, what it is called, whether it is taken.
// Threading: constant data and pure functions; any thread.
// Source:    docs/formats.md, "OA3 and its relatives".
#pragma once

#include "record/finding_codes.hpp"

#include <string_view>

namespace devicebatch::format {

enum class XmlKind {
  key,                   // an OA3Tool report, or an assemble or input file: its elements decide
  key_export,            // holds product keys: taken only when the source allows it
  build_report,          // taken only when the source allows it
  key_export_encrypted,  // the rest is recognised and refused
  build_report_ack,
  oa3_config,
  oa3_trace,
  oa3_decoded_hash,
  unit_status,
  unknown,
};

XmlKind xml_kind_of(std::string_view root);

// "oa3 report", "oa3 trace".
std::string_view to_string(XmlKind kind);

// The element that is one record: the root itself for a report; empty where there are none.
std::string_view record_element_of(XmlKind kind);

// Whether such a file is read at all.
bool is_taken(XmlKind kind, bool may_extract_key_exports);

// Why a file of this kind is refused, when it is.
record::Code refusal_of(XmlKind kind);

// What ProductKeyState says about the device's key.
struct KeyState {
  bool is_refused = false;
  bool is_early = false;  // assembled, but not reported
  std::string_view words = {};
};
KeyState key_state_of(std::string_view number);

}  // namespace devicebatch::format
