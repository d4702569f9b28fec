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

// What expat gets at once, and what it may call back about before anybody can stop it.
constexpr std::size_t kPieceBytes = 64 * 1024;
// Of a long text: a key and what is around it.
constexpr std::size_t kKeptTail = 2 * record::kKeyContextBytes;

bool is_blank(std::string_view text) {
  return record::trim_field(text).empty();
}

// Where one document ends and the next begins must not be torn apart: what expat has taken cannot
// be given to the next parser.
std::string_view up_to_tag_end(std::string_view text) {
  const std::size_t end = text.rfind('>');
  if (end != std::string_view::npos) return text.substr(0, end + 1);
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  return begin == 0 ? text : text.substr(0, begin);
}

}  // namespace

XmlReader::XmlReader(TextWindow& window, const record::RowChecker& checker,
                     const ReadOptions& options, const BatchSink& sink, FileReport& report)
    : window_(window),
      may_extract_(options.extract_key_exports),
      report_(report),
      feed_(checker, options, sink, report) {}

Result<void> XmlReader::run() {
  report_.dialect = "xml";
  begin_document();
  auto done = read_documents();
  if (!done) return done;
  return finish();
}

Result<void> XmlReader::read_documents() {
  while (!is_over()) {
    if (window_.rest().size() < kPieceBytes) {
      auto more = window_.refill();
      if (!more) return more;
    }
    const std::string_view rest = window_.rest();
    const bool is_last = window_.is_last() && rest.size() <= kPieceBytes;
    const std::string_view piece = is_last ? rest : up_to_tag_end(rest.substr(0, kPieceBytes));
    const XmlFault fault = parser_->feed(piece, is_last);
    if (has_stray_secret_) refuse(make_finding(Code::secret_product_key, record::Field::file));
    if (is_over()) break;
    if (fault.kind == XmlFault::Kind::next_document) {
      window_.skip(fault.offset);
      if (!begin_next_document(fault)) break;
      continue;
    }
    if (fault.kind != XmlFault::Kind::none) {
      refuse_fault(fault, piece);
      break;
    }
    if (!piece.empty()) ends_in_break_ = piece.back() == '\n';
    window_.skip(piece.size());
    auto done = feed_.passed(piece.size());
    if (!done) return done;
    if (is_last) break;
  }
  return {};
}

void XmlReader::begin_document() {
  XmlHandler& handler = *this;
  parser_ = std::make_unique<XmlParser>(handler);
  depth_ = 0;
}

bool XmlReader::begin_next_document(const XmlFault& end) {
  lines_before_ += end.line - 1;
  if (window_.rest().starts_with(kByteOrderMark)) window_.skip(kByteOrderMark.size());
  if (!window_.rest().starts_with('<')) {
    refuse(make_finding(Code::file_xml_broken,
                        {std::to_string(lines_before_ + 1), "text behind the end"}));
    return false;
  }
  begin_document();
  return true;
}

Result<void> XmlReader::finish() {
  const std::uint64_t lines = lines_before_ + parser_->line() - (ends_in_break_ ? 1 : 0);
  report_.lines = std::max(lines, numbers_.last());
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
  const std::string line = std::to_string(lines_before_ + fault.line);
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
  const bool is_report = kind_ == XmlKind::key;
  if (is_report && has_product_key_ && !is_filler_key_) {
    finding = make_finding(Code::file_oa3_assemble);
  } else if (is_report && has_stray_secret_) {
    finding = make_finding(Code::secret_product_key, record::Field::file);
  }
  report_.refusal = std::move(finding);
}

bool XmlReader::is_allowed() const {
  if (kind_ == XmlKind::key) return true;
  return may_extract_ && (kind_ == XmlKind::key_export || kind_ == XmlKind::build_report);
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
  if (++depth_ == 1) open_root(name);
  if (is_over()) return;
  if (record_depth_ == 0) {
    if (equals_ignoring_case(name, record_element_of(kind_))) open_record(line);
  } else if (depth_ == record_depth_ + 1) {
    part_ = part_named(name);
  }
}

void XmlReader::open_root(std::string_view name) {
  kind_ = xml_kind_of(name);
  report_.dialect = to_string(kind_);
  report_.holds_secret |= kind_ == XmlKind::key_export;
  if (is_allowed()) return;
  if (kind_ == XmlKind::unknown) return refuse(make_finding(Code::file_xml_unknown, {name}));
  refuse(make_finding(refusal_of(kind_)));
}

void XmlReader::open_record(std::uint64_t line) {
  record_depth_ = depth_;
  numbers_.next(lines_before_ + line);
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
    is_filler_key_ &= piece.find_first_not_of("Xx- \t\r\n") == std::string_view::npos;
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
  has_stray_secret_ |=
      kind_ == XmlKind::key || (record_depth_ == 0 && kind_ != XmlKind::key_export);
}

void XmlReader::close(std::string_view) {
  if (is_over()) return;
  end_other_text();
  part_ = other;
  if (depth_-- == record_depth_ && record_depth_ != 0) {
    end_record();
    record_depth_ = 0;
  }
}

void XmlReader::end_record() {
  const bool has_real_key = has_product_key_ && !is_filler_key_;
  report_.holds_secret |= has_real_key;
  if (kind_ == XmlKind::key && has_real_key) return refuse(make_finding(Code::file_oa3_assemble));
  const bool is_input = kind_ == XmlKind::key && has_product_key_ && is_blank(parts_[hash]);
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
