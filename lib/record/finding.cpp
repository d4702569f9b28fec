#include "record/finding.hpp"

#include "base/check.hpp"
#include "base/text.hpp"
#include "record/finding_codes.hpp"
#include "record/product_key.hpp"

#include <algorithm>
#include <array>
#include <iterator>

namespace devicebatch::record {

std::string_view to_string(Field field) {
  switch (field) {
    case Field::row:
      return "row";
    case Field::serial:
      return "serial";
    case Field::pkid:
      return "pkid";
    case Field::hash:
      return "hash";
    case Field::manufacturer:
      return "manufacturer";
    case Field::model:
      return "model";
    case Field::group_tag:
      return "group_tag";
    case Field::assigned_user:
      return "assigned_user";
    case Field::file:
      return "file";
  }
  return "unknown";
}

namespace {

constexpr auto kError = Severity::error;
constexpr auto kWarning = Severity::warning;
constexpr bool kAlways = true;
constexpr bool kStrict = false;

// Long enough for any real value, short enough for a cell of the receipt.
constexpr std::size_t kValueBytes = 80;

constexpr CodeRow kTable[] = {
    {Code::file_empty, "file.empty", Field::file, kError, kAlways, "The file has no content.",
     "Export the device list again and drop the new file."},
    {Code::file_no_rows, "file.no_rows", Field::file, kError, kAlways,
     "The file has a header line but no device under it.",
     "Check that the export had devices selected, then drop the file again."},
    {Code::file_no_header, "file.no_header", Field::file, kError, kAlways,
     "Line {} names no column that identifies a device. Found: {}.",
     "Give the first line column names, for example: Device Serial Number,Windows Product ID,"
     "Hardware Hash."},
    {Code::file_duplicate_column, "file.duplicate_column", Field::file, kError, kAlways,
     "Line {}: the columns {} and {} mean the same field.",
     "Remove or rename one of the two columns."},
    {Code::file_header_too_long, "file.header_too_long", Field::file, kError, kAlways,
     "The header on line {} is too long or has too many columns to be one.",
     "Check that the file is a device list with column names in its first line."},
    {Code::file_encoding, "file.encoding", Field::file, kError, kAlways,
     "The text is not UTF-8, and no byte order mark says what else it is: {}.",
     "Save the file as CSV UTF-8, or as Unicode with a byte order mark."},
    {Code::file_changed, "file.changed", Field::file, kError, kAlways,
     "The file was written to while it was being read.",
     "Write files under a temporary name and rename them when they are complete."},
    {Code::file_lost, "file.lost", Field::file, kError, kAlways,
     "The file was claimed and is no longer in the claim folder.",
     "Drop the file again, and keep other programs out of the .claimed folder."},
    {Code::file_no_byte_order_mark, "file.no_byte_order_mark", Field::file, kWarning, kStrict,
     "The file is UTF-16 without a byte order mark; it was read as {}.",
     "Nothing to do; better save the file with a byte order mark."},
    {Code::file_mixed_encodings, "file.mixed_encodings", Field::file, kWarning, kStrict,
     "The file was put together from parts in different encodings; {} changes were followed.",
     "Nothing to do; better merge files with a tool that converts them."},
    {Code::file_fallback_charset, "file.fallback_charset", Field::file, kWarning, kStrict,
     "{} lines are not UTF-8; they were read as {}, the charset set for this folder.",
     "Nothing to do; better save the file as CSV UTF-8."},
    {Code::file_header_less, "file.header_less", Field::file, kWarning, kStrict,
     "The file has no column names; {}.",
     "Nothing to do; better give the first line column names."},
    {Code::file_title_lines, "file.title_lines", Field::file, kWarning, kStrict,
     "{} lines of a report's title stand before the first device; they were stepped over.",
     "Nothing to do."},
    {Code::file_corporate_identifiers, "file.corporate_identifiers", Field::file, kError, kAlways,
     "The file looks like a list of corporate identifiers: manufacturer, model and serial number "
     "without column names. That list is for another feature of Intune.",
     "If these devices are to be registered, give the first line the names Manufacturer,Model,"
     "Serial Number and drop the file again."},
    {Code::file_portal_export, "file.portal_export", Field::file, kError, kAlways,
     "The file is an export of a portal, not a device list: it has the columns {} and no hardware "
     "hash.",
     "Capture the hardware hashes of the devices, or list serial number, manufacturer and model "
     "only."},
    {Code::file_packed, "file.packed", Field::file, kError, kAlways,
     "The file is a {} file, not text.",
     "Unpack it and drop the device list that is inside; only gzip is unpacked here."},
    {Code::file_workbook, "file.workbook", Field::file, kError, kAlways,
     "The file is a spreadsheet's workbook ({}), not text.",
     "Drop the file that the workbook was made from, or save it as CSV UTF-8."},
    {Code::file_nested_gzip, "file.nested_gzip", Field::file, kError, kAlways,
     "Inside the gzip file is another {} file.", "Pack the device list once only."},
    {Code::file_gzip_damaged, "file.gzip_damaged", Field::file, kError, kAlways,
     "The gzip file is damaged or was not transferred completely: {}.",
     "Transfer the file again, or pack it again."},
    {Code::file_inflates_too_much, "file.inflates_too_much", Field::file, kError, kAlways,
     "The compressed file becomes larger than is allowed: {}.",
     "Check what is inside; split the list if it is real."},
    {Code::file_too_many_rows, "file.too_many_rows", Field::file, kError, kAlways,
     "The compressed file has more than {} rows.",
     "Check what is inside; split the list if it is real."},
    {Code::file_changed_after_claim, "file.changed_after_claim", Field::file, kWarning, kStrict,
     "The file was changed after it had been taken: {}. What came later is not in this result.",
     "Drop the missing rows again in a file of their own; write files under a temporary name and "
     "rename them when they are complete."},
    {Code::file_hard_link, "file.hard_link", Field::file, kError, kAlways,
     "The file has more than one name and belongs to another user, so it may be somebody else's "
     "file; it was not read.",
     "Copy the file into the folder instead of linking it."},
    {Code::file_no_destination, "file.no_destination", Field::file, kError, kAlways,
     "The name of the file does not follow {}, so nothing says which destination it is for: {}.",
     "Name the file after the template, with one of these destinations; then drop it again."},
    {Code::file_other_destination, "file.other_destination", Field::file, kError, kAlways,
     "The destination {} is none that this source may send to; those are: {}.",
     "Name one of them, or add the destination to `may_route_to` of the source."},
    {Code::manifest_unreadable, "manifest.unreadable", Field::file, kError, kAlways,
     "The manifest of the file cannot be understood: {}.",
     "Write it as `SHA256  NAME` or as a JSON object with bytes, sha256, rows; then drop the file "
     "again."},
    {Code::manifest_size_differs, "manifest.size_differs", Field::file, kError, kAlways,
     "The manifest says {} bytes, the file has {}.",
     "The file was cut off or changed on its way: copy it again, then its manifest."},
    {Code::manifest_digest_differs, "manifest.digest_differs", Field::file, kError, kAlways,
     "The SHA-256 of the file is not the one in its manifest.",
     "The file was damaged or changed on its way: copy it again, then its manifest."},
    {Code::manifest_rows_differ, "manifest.rows_differ", Field::file, kWarning, kStrict,
     "The manifest says {} rows, the file has {}.",
     "See whether rows are missing; drop them again in a file of their own."},
    {Code::file_json_broken, "file.json_broken", Field::file, kError, kAlways,
     "Line {}: the JSON is broken: {}.",
     "Write the file again with a JSON library; nothing of it was taken."},
    {Code::file_json_cut_off, "file.json_cut_off", Field::file, kError, kAlways,
     "The JSON ends in the middle, on line {}.",
     "Copy the file again from where it was made; nothing of it was taken."},
    {Code::file_json_not_devices, "file.json_not_devices", Field::file, kError, kAlways,
     "The JSON is no list of devices. Found: {}.",
     "Send an array of devices, or an object with a member Devices, items or value that is one."},
    {Code::file_json_status_answer, "file.json_status_answer", Field::file, kError, kAlways,
     "The JSON is the service's answer about a batch ({}), not a list of devices.",
     "Send the list of devices that was uploaded, not the answer to it."},
    {Code::file_json_two_lists, "file.json_two_lists", Field::file, kError, kAlways,
     "Line {}: the object has a second list of devices: {}.",
     "Put all devices into one list; nothing of the file was taken."},
    {Code::file_json_batch_id_late, "file.json_batch_id_late", Field::file, kWarning, kStrict,
     "The batch id {} stands behind the devices, where it is not used.",
     "Write BatchId in front of the list of devices."},
    {Code::file_json_more_pages, "file.json_more_pages", Field::file, kWarning, kStrict,
     "The list is one page of several: {} names the next one.",
     "Export all pages; the devices on the others are not in this file."},
    {Code::file_no_devices, "file.no_devices", Field::file, kError, kAlways,
     "The file holds no device.",
     "Check that the export had devices selected, then drop the file again."},
    {Code::file_records_share_lines, "file.records_share_lines", Field::file, kWarning, kStrict,
     "Records share a line, from record {} on; where that is so the answers count records, not "
     "lines.",
     "Nothing to do; one record on each line makes answers easier to find."},
    {Code::file_xml_broken, "file.xml_broken", Field::file, kError, kAlways,
     "Line {}: the XML is broken: {}.",
     "Send the file as the tool wrote it; nothing of it was taken."},
    {Code::file_xml_cut_off, "file.xml_cut_off", Field::file, kError, kAlways,
     "The XML ends in the middle, on line {}.",
     "Copy the file again from where it was made; nothing of it was taken."},
    {Code::file_xml_doctype, "file.xml_doctype", Field::file, kError, kAlways,
     "Line {}: the XML has a document type declaration, which no device file has.",
     "Send the file as the tool wrote it. A web page that was saved by mistake looks like this."},
    {Code::file_xml_too_complex, "file.xml_too_complex", Field::file, kError, kAlways,
     "Line {}: the XML is not that of a device file: {}.", "Send the file as the tool wrote it."},
    {Code::file_xml_unknown, "file.xml_unknown", Field::file, kError, kAlways,
     "XML with the root element {} is not known.",
     "Send the report of OA3Tool /Report (root element Key), a CSV file or JSON."},
    {Code::file_oa3_assemble, "file.oa3_assemble", Field::file, kError, kAlways,
     "This is an OA3Tool assemble file: it holds a 25-character product key, which is a secret. "
     "The file was refused and the key was not kept.",
     "Send the file that OA3Tool /Report writes instead. Treat this one as confidential."},
    {Code::file_oa3_input, "file.oa3_input", Field::file, kError, kAlways,
     "This is an OA3Tool input file: its product key is a row of X, and it has no hardware hash.",
     "Send the file that OA3Tool /Report writes instead."},
    {Code::file_oa3_binary, "file.oa3_binary", Field::file, kError, kAlways,
     "This is OA3.bin: it holds a 25-character product key, which is a secret. The file was "
     "refused and the key was not kept.",
     "Send the file that OA3Tool /Report writes instead. Treat this one as confidential."},
    {Code::file_oa3_config, "file.oa3_config", Field::file, kError, kAlways,
     "This is the configuration of OA3Tool (OA3.cfg), not a device.",
     "Send the file that OA3Tool /Report writes instead."},
    {Code::file_oa3_trace, "file.oa3_trace", Field::file, kError, kAlways,
     "This is a trace of OA3Tool (OA3.Trace.xml), a diagnosis without a hardware hash.",
     "Send the file that OA3Tool /Report writes instead."},
    {Code::file_oa3_decoded_hash, "file.oa3_decoded_hash", Field::file, kError, kAlways,
     "This is a decoded hardware hash (OA3Tool /DecodeHwHash); the hash itself is not in it.",
     "Send the file that OA3Tool /Report writes instead."},
    {Code::file_oa3_in_log, "file.oa3_in_log", Field::file, kError, kAlways,
     "This is a log with the XML of an OA3Tool report in it.",
     "Send the report file itself, not the log of the test."},
    {Code::file_key_export, "file.key_export", Field::file, kError, kAlways,
     "This is a key export that is not encrypted: it holds 25-character product keys, which are "
     "secrets. The file was refused and no key was kept.",
     "Send OA3Tool reports or a CSV file, or let the operator allow key exports for this folder "
     "(extract_key_exports). Treat this file as confidential."},
    {Code::file_key_export_encrypted, "file.key_export_encrypted", Field::file, kError, kAlways,
     "This is an encrypted key export; nobody but its addressee can read it.",
     "Send OA3Tool reports or a CSV file instead."},
    {Code::file_build_report, "file.build_report", Field::file, kError, kAlways,
     "This is a computer build report, which is for Microsoft's key service.",
     "Send OA3Tool reports or a CSV file, or let the operator allow such files for this folder "
     "(extract_key_exports)."},
    {Code::file_build_report_ack, "file.build_report_ack", Field::file, kError, kAlways,
     "This is the answer to a computer build report; no hardware hash is in it.",
     "Send OA3Tool reports or a CSV file instead; look into this file for keys with reason code 01 "
     "(duplicate)."},
    {Code::file_unit_status, "file.unit_status", Field::file, kError, kAlways,
     "This is a UnitStatusRequest to HP's factory service; no hardware hash is in it.",
     "Send the file that OA3Tool /Report writes instead."},
    {Code::row_not_identifying, "row.not_identifying", Field::row, kError, kAlways,
     "Nothing in this row identifies a device; it has {}.",
     "Give a hardware hash, or a PKID, or serial number, manufacturer and model together."},
    {Code::row_too_many_fields, "row.too_many_fields", Field::row, kError, kAlways,
     "The row has {} fields, the header {}: a comma inside a value was not quoted.",
     "Put double quotes around values with commas, for example \"VMware, Inc.\"."},
    {Code::row_comma_rejoined, "row.comma_rejoined", Field::row, kWarning, kStrict,
     "An unquoted comma split {}; the hardware hash proves how it belongs together.",
     "Put double quotes around values with commas."},
    {Code::row_prose, "row.prose", Field::row, kError, kAlways,
     "This line is text, not a device: {}.", "Remove the line from the file."},
    {Code::row_before_header, "row.before_header", Field::row, kError, kAlways,
     "This line stands before the column names, so its fields have no meaning: {}.",
     "Put the column names into the first line, or remove this line if it is no device."},
    {Code::row_lines_joined, "row.lines_joined", Field::row, kWarning, kStrict,
     "The hardware hash was wrapped over {} lines; they were joined, and its checksum proves it.",
     "Keep every device on one line."},
    {Code::row_scan_unmatched, "row.scan_unmatched", Field::row, kError, kAlways,
     "The scan does not have the form that is set for this station: {}.",
     "Scan the label again; if labels changed, correct the scan pattern of the folder."},
    {Code::row_too_many_columns, "row.too_many_columns", Field::row, kError, kAlways,
     "The row has more than {} fields.", "Check that the row ends where it should."},
    {Code::row_too_long, "row.too_long", Field::row, kError, kAlways,
     "The row is longer than {} bytes.",
     "Check for a missing line break or a double quote that is never closed."},
    {Code::row_field_too_long, "row.field_too_long", Field::row, kError, kAlways,
     "A field of this row is longer than {} bytes.",
     "Check for a missing comma or a double quote that is never closed."},
    {Code::row_bad_encoding, "row.bad_encoding", Field::row, kError, kAlways,
     "The row has bytes that are no text in the encoding of the file ({}).",
     "Save the file as CSV UTF-8, or set the charset of this folder, and drop the file again."},
    {Code::row_nul_bytes, "row.nul_bytes", Field::row, kError, kAlways,
     "The row has zero bytes: it was not written completely, or is not text.",
     "Copy the file again from where it was made."},
    {Code::row_unclosed_quote, "row.unclosed_quote", Field::row, kError, kAlways,
     "A double quote that opens a field in this row is never closed.",
     "Close the quote, or double it if it belongs to the value."},
    {Code::row_json_broken, "row.json_broken", Field::row, kError, kAlways,
     "The record is no valid JSON: {}.", "Write the record again with a JSON library."},
    {Code::row_json_cut_off, "row.json_cut_off", Field::row, kError, kAlways,
     "The record ends in the middle: the file was not written completely.",
     "Copy the file again from where it was made."},
    {Code::row_json_not_object, "row.json_not_object", Field::row, kError, kAlways,
     "Where a device should be stands {}.",
     "Write each device as an object with members such as serialNumber and hardwareHash."},
    {Code::row_json_number, "row.json_number", Field::row, kError, kAlways,
     "The value of {} is a number, not a text: zeros at its front are lost, and long numbers are "
     "changed.",
     "Write the value in double quotes, from the original source."},
    {Code::row_json_not_text, "row.json_not_text", Field::row, kError, kAlways,
     "The value of {} is {}, not a text.",
     "Write the value in double quotes, or null where there is none."},
    {Code::row_json_duplicate_name, "row.json_duplicate_name", Field::row, kError, kAlways,
     "The record has the member {} twice.", "Write each member once."},
    {Code::row_json_two_names, "row.json_two_names", Field::row, kError, kAlways,
     "The members {} and {} mean the same and have different values.",
     "Remove the one that is wrong."},
    {Code::row_mismatch_data, "row.mismatch_data", Field::row, kWarning, kStrict,
     "This is HardwareMismatchRemediationData; its CurrentHardwareBlob was taken as the hardware "
     "hash.",
     "Check that the device is meant to be registered with its new hardware."},
    {Code::row_key_state_refused, "row.key_state_refused", Field::row, kError, kAlways,
     "ProductKeyState is {}: the key is {}.",
     "Give the device a valid key, run OA3Tool /Report again and drop the new report."},
    {Code::row_key_state_early, "row.key_state_early", Field::row, kWarning, kStrict,
     "ProductKeyState is {}: the key is assembled but not reported yet.",
     "Send the report that OA3Tool /Report writes after the firmware was written."},
    {Code::secret_product_key, "secret.product_key", Field::row, kError, kAlways,
     "A field holds a 25-character product key. It is a secret; the row was refused and the key "
     "was "
     "not kept.",
     "Remove the product key and give the 13-digit product key id (PKID) instead. Treat the file "
     "as "
     "confidential."},
    {Code::text_control_characters, "text.control_characters", Field::row, kError, kAlways,
     "The {} has control characters.", "Type the value again or export the file again."},
    {Code::text_not_ascii, "text.not_ascii", Field::row, kError, kStrict,
     "The {} has characters outside plain ASCII: {}.",
     "Look for smart quotes, non-breaking spaces or full-width letters and type the value again."},
    {Code::text_too_long, "text.too_long", Field::row, kError, kStrict,
     "The {} has {} characters; at most {} are possible.",
     "Check that the value is in the right column."},
    {Code::text_hash_in_wrong_column, "text.hash_in_wrong_column", Field::row, kError, kStrict,
     "A hardware hash is in the {} column.",
     "Move it to the Hardware Hash column, or correct the column names."},
    {Code::text_spreadsheet_guard, "text.spreadsheet_guard", Field::row, kWarning, kStrict,
     "The {} was wrapped for a spreadsheet, as in =\"00123\"; the wrapping was removed.",
     "Nothing to do; better write the plain value."},
    {Code::text_restored_from_hash, "text.restored_from_hash", Field::row, kWarning, kStrict,
     "The {} had characters that no device has ({}); the hardware hash proves that {} is meant.",
     "Type values with a plain keyboard, and look for smart quotes."},
    {Code::serial_placeholder, "serial.placeholder", Field::serial, kError, kStrict,
     "The serial number is a filler, not a serial number: {}.",
     "Write the real serial number into the firmware, capture the hardware hash again and drop the "
     "new file."},
    {Code::serial_hash_only, "serial.hash_only", Field::serial, kWarning, kStrict,
     "The serial number is a filler: {}. The device is registered by its hardware hash alone.",
     "Write the real serial number into the firmware; nothing else names this device to a person."},
    {Code::serial_disagrees_with_hash, "serial.disagrees_with_hash", Field::serial, kError, kStrict,
     "The row says serial number {}, the hardware hash says {}.",
     "The hash belongs to another device: pair serial numbers and hashes again."},
    {Code::serial_spelled_differently, "serial.spelled_differently", Field::serial, kWarning,
     kStrict, "The serial number {} is spelled {} in the hardware hash; that spelling is used.",
     "Nothing to do."},
    {Code::serial_spreadsheet_damage, "serial.spreadsheet_damage", Field::serial, kError, kStrict,
     "A spreadsheet turned the serial number into a number and lost digits: {}.",
     "Use the original file, never one saved by a spreadsheet."},
    {Code::serial_recovered_from_hash, "serial.recovered_from_hash", Field::serial, kWarning,
     kStrict, "A spreadsheet damaged the serial number ({}); {} was taken from the hardware hash.",
     "Use the original file, never one saved by a spreadsheet."},
    {Code::serial_unusual, "serial.unusual", Field::serial, kWarning, kStrict,
     "The serial number is longer than 36 characters or has unusual characters: {}.",
     "Compare it with the label of the device."},
    {Code::serial_digits_only, "serial.digits_only", Field::serial, kWarning, kStrict,
     "The serial number {} is a plain number and no hardware hash proves it.",
     "Check that no leading zeros were lost in a spreadsheet."},
    {Code::pkid_malformed, "pkid.malformed", Field::pkid, kError, kStrict,
     "The product key id {} is not 13 digits.",
     "Give the 13 digits from the box or the tool's report, or leave the field empty if there is a "
     "hardware hash."},
    {Code::pkid_product_id, "pkid.product_id", Field::pkid, kError, kStrict,
     "The value {} is the product id of a licence; it does not identify a device.",
     "Give the 13-digit product key id, or leave the field empty if there is a hardware hash."},
    {Code::pkid_converted, "pkid.converted", Field::pkid, kWarning, kStrict,
     "The Windows product id {} was converted to the product key id {}.", "Nothing to do."},
    {Code::pkid_disagrees_with_hash, "pkid.disagrees_with_hash", Field::pkid, kError, kStrict,
     "The row says product key id {}, the hardware hash says {}.",
     "The hash belongs to another device or another key: capture it again or correct the row."},
    {Code::pkid_spreadsheet_damage, "pkid.spreadsheet_damage", Field::pkid, kError, kStrict,
     "A spreadsheet turned the product key id into a number and lost digits: {}.",
     "Use the original file, never one saved by a spreadsheet."},
    {Code::pkid_recovered_from_hash, "pkid.recovered_from_hash", Field::pkid, kWarning, kStrict,
     "A spreadsheet damaged the product key id ({}); {} was taken from the hardware hash.",
     "Use the original file, never one saved by a spreadsheet."},
    {Code::manufacturer_placeholder, "manufacturer.placeholder", Field::manufacturer, kError,
     kStrict, "The manufacturer is a filler, not a name: {}.",
     "Give the manufacturer exactly as the firmware of the device spells it."},
    {Code::manufacturer_disagrees_with_hash, "manufacturer.disagrees_with_hash",
     Field::manufacturer, kError, kStrict,
     "The row says manufacturer {}, the hardware hash says {}.",
     "Correct the row, or leave manufacturer and model empty: the hash holds both."},
    {Code::manufacturer_spelled_differently, "manufacturer.spelled_differently",
     Field::manufacturer, kWarning, kStrict,
     "The manufacturer {} is spelled {} in the hardware hash; that spelling is used.",
     "Nothing to do."},
    {Code::manufacturer_near_miss, "manufacturer.near_miss", Field::manufacturer, kWarning, kStrict,
     "The manufacturer {} is usually spelled {} in firmware; the service compares exactly.",
     "Compare with what the device itself reports."},
    {Code::manufacturer_known_spelling, "manufacturer.known_spelling", Field::manufacturer,
     kWarning, kStrict,
     "The manufacturer {} is spelled {} in hardware hashes of this site; the service "
     "compares exactly.",
     "Use the spelling of the hashes, or give the hardware hash of the device."},
    {Code::model_placeholder, "model.placeholder", Field::model, kError, kStrict,
     "The model is a filler, not a name: {}.",
     "Give the model exactly as the firmware of the device spells it."},
    {Code::model_disagrees_with_hash, "model.disagrees_with_hash", Field::model, kError, kStrict,
     "The row says model {}, the hardware hash says {}.",
     "Correct the row, or leave manufacturer and model empty: the hash holds both."},
    {Code::model_spelled_differently, "model.spelled_differently", Field::model, kWarning, kStrict,
     "The model {} is spelled {} in the hardware hash; that spelling is used.", "Nothing to do."},
    {Code::model_known_spelling, "model.known_spelling", Field::model, kWarning, kStrict,
     "The model {} is spelled {} in hardware hashes of this site; the service compares exactly.",
     "Use the spelling of the hashes, or give the hardware hash of the device."},
    {Code::hash_not_base64, "hash.not_base64", Field::hash, kError, kStrict,
     "The hardware hash has characters or a length that a hash cannot have.",
     "Use the original file of the device; copying and spreadsheets damage hashes."},
    {Code::hash_too_short, "hash.too_short", Field::hash, kError, kStrict,
     "The hardware hash is cut off, or of the old short kind, at {} characters; 4,000 are usual.",
     "Capture the hash again with a current tool and transfer the file completely."},
    {Code::hash_too_long, "hash.too_long", Field::hash, kError, kStrict,
     "The hardware hash has {} characters, more than any hash.",
     "Check that the field holds one hash only."},
    {Code::hash_not_a_hash, "hash.not_a_hash", Field::hash, kError, kStrict,
     "The value is not a hardware hash: those begin with T0.",
     "Check the column names, or capture the hash again."},
    {Code::hash_broken_structure, "hash.broken_structure", Field::hash, kError, kStrict,
     "The hardware hash contradicts itself: it was changed on its way.",
     "Use the original file of the device, or capture the hash again."},
    {Code::hash_damaged, "hash.damaged", Field::hash, kError, kStrict,
     "The hardware hash was damaged on its way: its checksum does not match.",
     "Use the original file of the device, or capture the hash again."},
    {Code::hash_dirty_padding, "hash.dirty_padding", Field::hash, kError, kStrict,
     "There is something behind the end of the hardware hash.",
     "Check that the field holds one hash only, then use the original file."},
    {Code::hash_missing_fields, "hash.missing_fields", Field::hash, kError, kStrict,
     "The hardware hash verifies but has no serial number, manufacturer or model inside.",
     "Write them into the firmware and capture the hash again."},
    {Code::hash_oversized, "hash.oversized", Field::hash, kWarning, kStrict,
     "The hardware hash has more than 3,000 bytes; the service may refuse it.",
     "Capture it again with a current tool if the service refuses it."},
    {Code::hash_no_tpm_key, "hash.no_tpm_key", Field::hash, kWarning, kStrict,
     "The hardware hash has no TPM key: self-deploying and pre-provisioning will not work.",
     "Switch the TPM on in the firmware and capture the hash again if the device has one."},
    {Code::hash_no_uuid, "hash.no_uuid", Field::hash, kWarning, kStrict,
     "The hardware hash has no usable system UUID.",
     "Write one into the firmware and capture the hash again."},
    {Code::hash_no_network, "hash.no_network", Field::hash, kWarning, kStrict,
     "The hardware hash names no usable network adapter.",
     "Capture it in full Windows with its drivers installed."},
    {Code::hash_from_winpe, "hash.from_winpe", Field::hash, kWarning, kStrict,
     "The hardware hash was captured in Windows PE, which sees less of the device.",
     "Capture it in full Windows if the service does not recognise the device."},
    {Code::hash_from_the_future, "hash.from_the_future", Field::hash, kWarning, kStrict,
     "The hardware hash says that it was captured in the future.",
     "Set the clock of the capturing station."},
    {Code::hash_filler_name, "hash.filler_name", Field::hash, kWarning, kStrict,
     "The hardware hash has a filler where the manufacturer or the model should be: {}.",
     "Write the real names into the firmware and capture the hash again."},
    {Code::hash_attached, "hash.attached", Field::hash, kWarning, kStrict,
     "The row has no hardware hash; the one of this device that is known from {} is sent with it.",
     "Nothing to do: with the hash the service finds the device."},
    {Code::group_tag_not_used, "group_tag.not_used", Field::group_tag, kWarning, kStrict,
     "The group tag {} is not used: this folder registers into batch {}.",
     "Drop the file into the folder of that group tag if it is meant."},
    {Code::group_tag_unknown, "group_tag.unknown", Field::group_tag, kError, kAlways,
     "The group tag {} is not in the list of group tags of this source.",
     "Correct the tag, or have it added to group_tags of the source in the configuration."},
    {Code::assigned_user_not_used, "assigned_user.not_used", Field::assigned_user, kWarning,
     kStrict, "The assigned user is not used: the service has no such field for a device.",
     "Assign the user in Intune after the registration."},
};
static_assert(std::size(kTable) == static_cast<std::size_t>(Code::count_));
static_assert(
    [] {
      for (std::size_t at = 0; at < std::size(kTable); ++at) {
        if (kTable[at].id != static_cast<Code>(at)) return false;
      }
      return true;
    }(),
    "the table is in the order of the codes");

std::string filled(std::string_view pattern, std::initializer_list<std::string_view> values) {
  std::string text;
  for (std::string_view value : values) {
    const std::size_t gap = pattern.find("{}");
    DEVICEBATCH_CHECK(gap != std::string_view::npos);
    // Cut short, a value may look like a key that it was not as a whole.
    const std::string shown = printable(value, kValueBytes);
    text.append(pattern.substr(0, gap));
    text.append(contains_product_key(shown) ? without_product_keys(shown) : shown);
    pattern.remove_prefix(gap + 2);
  }
  DEVICEBATCH_CHECK(pattern.find("{}") == std::string_view::npos);
  return text.append(pattern);
}

}  // namespace

std::span<const CodeRow> finding_table() {
  return kTable;
}

const CodeRow& row_of(Code code) {
  return kTable[static_cast<std::size_t>(code)];
}

Finding make_finding(Code code, Field field, std::initializer_list<std::string_view> values) {
  const CodeRow& row = row_of(code);
  return {row.severity, field, row.code, filled(row.reason, values), row.fix};
}

Finding make_finding(Code code, std::initializer_list<std::string_view> values) {
  return make_finding(code, row_of(code).field, values);
}

}  // namespace devicebatch::record
