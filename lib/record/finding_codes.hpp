// record/finding_codes.hpp - every code a finding can have, with its words.
//
// Purpose:   one table for the checker, the readers, `explain` and docs/findings.md. A code is
//            stable: scripts of the line match on it.
// Threading: constant data and pure functions; any thread.
// Source:    docs/formats.md, "What makes a row acceptable".
#pragma once

#include "record/finding.hpp"

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace devicebatch::record {

// In the order of the table.
enum class Code : std::uint8_t {
  file_empty,
  file_no_rows,
  file_no_header,
  file_duplicate_column,
  file_header_too_long,
  file_encoding,
  file_changed,
  file_lost,
  file_no_byte_order_mark,
  file_mixed_encodings,
  file_fallback_charset,
  file_header_less,
  file_title_lines,
  file_corporate_identifiers,
  file_portal_export,
  file_packed,
  file_workbook,
  file_nested_gzip,
  file_gzip_damaged,
  file_inflates_too_much,
  file_too_many_rows,
  file_changed_after_claim,
  file_hard_link,
  file_no_destination,
  file_other_destination,
  manifest_unreadable,
  manifest_size_differs,
  manifest_digest_differs,
  manifest_rows_differ,
  file_json_broken,
  file_json_cut_off,
  file_json_not_devices,
  file_json_status_answer,
  file_json_two_lists,
  file_json_batch_id_late,
  file_json_more_pages,
  file_no_devices,
  file_records_share_lines,
  file_xml_broken,
  file_xml_cut_off,
  file_xml_doctype,
  file_xml_too_complex,
  file_xml_unknown,
  file_oa3_assemble,
  file_oa3_input,
  file_oa3_binary,
  file_oa3_config,
  file_oa3_trace,
  file_oa3_decoded_hash,
  file_oa3_in_log,
  file_key_export,
  file_key_export_encrypted,
  file_build_report,
  file_build_report_ack,
  file_unit_status,
  row_not_identifying,
  row_too_many_fields,
  row_comma_rejoined,
  row_prose,
  row_before_header,
  row_lines_joined,
  row_scan_unmatched,
  row_too_many_columns,
  row_too_long,
  row_field_too_long,
  row_bad_encoding,
  row_nul_bytes,
  row_unclosed_quote,
  row_json_broken,
  row_json_cut_off,
  row_json_not_object,
  row_json_number,
  row_json_not_text,
  row_json_duplicate_name,
  row_json_two_names,
  row_mismatch_data,
  row_key_state_refused,
  row_key_state_early,
  secret_product_key,
  text_control_characters,
  text_not_ascii,
  text_too_long,
  text_hash_in_wrong_column,
  text_spreadsheet_guard,
  text_restored_from_hash,
  serial_placeholder,
  serial_hash_only,
  serial_disagrees_with_hash,
  serial_spelled_differently,
  serial_spreadsheet_damage,
  serial_recovered_from_hash,
  serial_unusual,
  serial_digits_only,
  pkid_malformed,
  pkid_product_id,
  pkid_converted,
  pkid_disagrees_with_hash,
  pkid_spreadsheet_damage,
  pkid_recovered_from_hash,
  manufacturer_placeholder,
  manufacturer_disagrees_with_hash,
  manufacturer_spelled_differently,
  manufacturer_near_miss,
  manufacturer_known_spelling,
  model_placeholder,
  model_disagrees_with_hash,
  model_spelled_differently,
  model_known_spelling,
  hash_not_base64,
  hash_too_short,
  hash_too_long,
  hash_not_a_hash,
  hash_broken_structure,
  hash_damaged,
  hash_dirty_padding,
  hash_missing_fields,
  hash_oversized,
  hash_no_tpm_key,
  hash_no_uuid,
  hash_no_network,
  hash_from_winpe,
  hash_from_the_future,
  hash_filler_name,
  hash_attached,
  group_tag_not_used,
  group_tag_unknown,
  assigned_user_not_used,
  count_,  // not a code
};

struct CodeRow {
  Code id;
  std::string_view code;
  Field field;              // Field::row: the finding names its own
  Severity severity;        // with validation: strict
  bool is_error_always;     // with validation: documented too; else it becomes a warning there
  std::string_view reason;  // a template: {} is replaced by a value of the row
  std::string_view fix;
};

std::span<const CodeRow> finding_table();
const CodeRow& row_of(Code code);

// How a hash that does not verify is called.
enum class HashFault;
Code code_of(HashFault fault);

// A finding in the words of the table. Values are shortened and made printable; they must not hold
// a secret.
Finding make_finding(Code code, std::initializer_list<std::string_view> values = {});
Finding make_finding(Code code, Field field, std::initializer_list<std::string_view> values = {});

}  // namespace devicebatch::record
