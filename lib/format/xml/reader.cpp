#include "format/xml/reader.hpp"

#include "base/limits.hpp"
#include "base/text.hpp"
#include "format/encoding.hpp"
#include "record/field_text.hpp"
#include "record/product_key.hpp"

#include <algorithm>
#include <utility>

namespace devicebatch::format {
namespace {

using record::Code;
using record::make_finding;

// Of a long text: a key and what is around it.
constexpr std::size_t kKeptTail = 2 * record::kKeyContextBytes;

// OA3Tool writes X in place of a key, a mask asterisks.
constexpr std::string_view kFiller = "Xx*- \t\r\n";

bool is_blank(std::string_view text) {
  return record::trim_field(text).empty();
}

}  // namespace

XmlReader::XmlReader(TextWindow& window, const record::RowChecker& checker,
                     const ReadOptions& options, const BatchSink& sink, FileReport& report)
    : window_(window),
      may_extract_(options.extract_key_exports),
      is_masked_(options.is_masked),
      report_(report),
      feed_(checker, options, sink, report),
      documents_(window, *this) {}

Result<void> XmlReader::run() {
  report_.dialect = "xml";
  auto done = read_documents();
  if (!done) return done;
  return finish();
}

Result<void> XmlReader::read_documents() {
  while (!is_over()) {
    const auto piece = documents_.next();
    if (!piece) return fail(Error(piece.error()));
    if (has_stray_secret_) refuse(make_finding(Code::secret_product_key, record::Field::file));
    if (piece->fault.kind != XmlFault::Kind::none) refuse_fault(piece->fault, piece->text);
    if (is_over()) break;
    auto done = feed_.passed(piece->text.size());
    if (!done) return done;
    if (piece->is_last) break;
  }
  return {};
}

Result<void> XmlReader::finish() {
  report_.lines = std::max(documents_.lines(), numbers_.last());
  if (!is_over() && report_.rows == 0) refuse(make_finding(Code::file_no_devices));
  if (is_over()) {
    SecretWatch watch;
    auto seen = watch.look_at_rest(window_);
    if (!seen) return seen;
    report_.holds_secret |= watch.has_seen();
  }
  return feed_.finish();
}

void XmlReader::refuse_fault(const XmlFault& fault, std::string_view piece) {
  const std::string line = std::to_string(fault.line);
  switch (fault.kind) {
    case XmlFault::Kind::cut_off:
      return refuse(make_finding(Code::file_xml_cut_off, {line}));
    case XmlFault::Kind::doctype:
      return refuse(make_finding(Code::file_xml_doctype, {line}));
    case XmlFault::Kind::too_complex:
      return refuse(make_finding(Code::file_xml_too_complex, {line, fault.why}));
    default:
      break;
  }
  const bool has_zeros = piece.find('\0') != std::string_view::npos;
  refuse(make_finding(Code::file_xml_broken,
                      {line, has_zeros ? std::string_view("zero bytes stand in it") : fault.why}));
}

void XmlReader::refuse(record::Finding finding) {
  if (is_over()) return;
  const bool is_report = place_.kind() == XmlKind::key;
  if (is_report && has_product_key_ && !is_filler_key_) {
    finding = make_finding(Code::file_oa3_assemble);
  } else if (is_report && has_stray_secret_) {
    finding = make_finding(Code::secret_product_key, record::Field::file);
  }
  report_.refusal = std::move(finding);
}

XmlReader::Part XmlReader::part_named(std::string_view name) {
  constexpr std::pair<std::string_view, Part> kParts[] = {{"productkeyid", pkid},
                                                          {"productkeystate", state},
                                                          {"hardwarehash", hash},
                                                          {"serialnumber", serial},
                                                          {"productkey", product_key}};
  for (const auto& [known, part] : kParts) {
    if (equals_ignoring_case(known, name)) return part;
  }
  return other;
}

void XmlReader::open(std::string_view name, std::uint64_t line) {
  if (is_over()) return;
  end_other_text();
  part_ = other;
  const bool is_record = place_.open(name);
  if (place_.is_root()) open_root(name);
  if (is_over()) return;
  if (is_record) open_record(line);
  if (place_.is_part()) part_ = part_named(name);
}

void XmlReader::open_root(std::string_view name) {
  const XmlKind kind = place_.kind();
  report_.dialect = to_string(kind);
  report_.holds_secret |= kind == XmlKind::key_export && !is_masked_;
  if (is_taken(kind, may_extract_)) return;
  if (kind == XmlKind::unknown) return refuse(make_finding(Code::file_xml_unknown, {name}));
  refuse(make_finding(refusal_of(kind)));
}

void XmlReader::open_record(std::uint64_t line) {
  numbers_.next(documents_.line_of(line));
  for (std::string& part : parts_) part.clear();
  has_product_key_ = false;
  is_filler_key_ = true;
  has_secret_ = false;
  is_too_long_ = false;
}

void XmlReader::text(std::string_view piece) {
  if (is_over()) return;
  if (part_ == other) {
    other_text_.append(piece);
    if (other_text_.size() > limits::kFieldBytes) look_into_long_text();
  } else if (part_ == product_key) {
    has_product_key_ |= !is_blank(piece);
    is_filler_key_ &= piece.find_first_not_of(kFiller) == std::string_view::npos;
  } else if (parts_[part_].size() + piece.size() > limits::kFieldBytes) {
    is_too_long_ = true;
  } else {
    parts_[part_].append(piece);
  }
}

void XmlReader::aside(std::string_view text) {
  if (!is_over() && record::contains_product_key(text)) note_secret();
}

void XmlReader::end_other_text() {
  if (record::contains_product_key(other_text_)) note_secret();
  other_text_.clear();
}

// Nobody needs the text itself; its end may be the beginning of a key.
void XmlReader::look_into_long_text() {
  if (record::contains_product_key(other_text_)) note_secret();
  other_text_.erase(0, other_text_.size() - kKeptTail);
}

void XmlReader::note_secret() {
  report_.holds_secret = true;
  has_secret_ = true;
  has_stray_secret_ |= place_.kind() == XmlKind::key ||
                       (!place_.is_in_record() && place_.kind() != XmlKind::key_export);
}

void XmlReader::close(std::string_view) {
  if (is_over()) return;
  end_other_text();
  part_ = other;
  if (place_.close()) end_record();
}

void XmlReader::end_record() {
  const bool has_real_key = has_product_key_ && !is_filler_key_;
  report_.holds_secret |= has_real_key;
  if (place_.kind() == XmlKind::key && has_real_key)
    return refuse(make_finding(Code::file_oa3_assemble));
  const bool is_input = place_.kind() == XmlKind::key && has_product_key_ && is_blank(parts_[hash]);
  if (is_input) return refuse(make_finding(Code::file_oa3_input));
  if (feed_.begin(numbers_)) judge_record();
}

void XmlReader::judge_record() {
  record::RawRow row;
  row.serial = parts_[serial];
  row.pkid = parts_[pkid];
  row.hash = parts_[hash];
  const std::array<std::string_view, 1> others{parts_[state]};
  row.all_fields = others;
  if (has_secret_) return feed_.reject(row, make_finding(Code::secret_product_key));
  if (is_too_long_) {
    return feed_.reject(
        row, make_finding(Code::row_field_too_long, {std::to_string(limits::kFieldBytes)}));
  }
  const std::string_view number = record::trim_field(parts_[state]);
  const KeyState key = number.empty() ? KeyState() : key_state_of(number);
  if (key.is_refused) {
    return feed_.reject(row, make_finding(Code::row_key_state_refused, {number, key.words}));
  }
  feed_.check(row);
  if (key.is_early) feed_.warn(make_finding(Code::row_key_state_early, {number}));
}

}  // namespace devicebatch::format
