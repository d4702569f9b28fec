#include "format/csv_reader.hpp"

#include "base/limits.hpp"
#include "base/text.hpp"
#include "format/comma_repair.hpp"
#include "format/secret_watch.hpp"
#include "record/field_text.hpp"
#include "record/product_key.hpp"

#include <algorithm>

namespace devicebatch::format {
namespace {

using Fields = std::span<const std::string_view>;
using record::Code;
using Role = CsvWalk::Role;

bool is_empty_field(std::string_view field) {
  return record::trim_field(field).empty();
}

Fields without_trailing_empties(Fields fields, std::size_t keep) {
  while (fields.size() > keep && is_empty_field(fields.back())) {
    fields = fields.first(fields.size() - 1);
  }
  return fields;
}

// A line of text as an answer shows it.
std::string shown(std::string_view text) {
  constexpr std::size_t kShownBytes = 60;
  return record::without_product_keys(
      printable(record::trim_field(text.substr(0, 4 * kShownBytes)), kShownBytes));
}

// "Sample explained (remove": words of letters only, as no serial number has.
bool reads_like_words(std::string_view text) {
  constexpr int kWords = 3;
  int words = 0;
  std::size_t letters = 0;
  bool is_word = true;
  for (const char c : text) {
    if (c == ' ') {
      words += is_word && letters >= 2 ? 1 : 0;
      letters = 0;
      is_word = true;
    } else {
      is_word = is_word && ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z';
      ++letters;
    }
  }
  words += is_word && letters >= 2 ? 1 : 0;
  return words >= kWords;
}

}  // namespace

CsvReader::CsvReader(TextWindow& window, const record::RowChecker& checker,
                     const ReadOptions& options, const BatchSink& sink, FileReport& report)
    : window_(window),
      options_(options),
      report_(report),
      walk_(window, options_),
      feed_(checker, sink, report) {}

Result<void> CsvReader::run() {
  for (;;) {
    const auto role = walk_.next();
    if (!role) return fail(Error(role.error()));
    if (*role == Role::end || *role == Role::refused) break;
    auto done = take(*role);
    if (!done) return done;
  }
  auto finished = finish_report();
  return finished ? feed_.flush() : finished;
}

Result<void> CsvReader::take(Role role) {
  if (report_.dialect.empty() && role != Role::blank) describe_layout();
  switch (role) {
    case Role::blank:
      ++report_.blank_lines;
      break;
    case Role::repeated_header:
      ++report_.repeated_headers;
      break;
    case Role::header:
      break;
    case Role::title:
      feed_.look_for_secret(walk_.text());
      break;
    case Role::before_header:
      ++report_.rows;
      if (!is_stored_already()) reject(Code::row_before_header, {shown(walk_.text())});
      break;
    case Role::prose:
      ++report_.rows;
      if (!is_stored_already()) reject(Code::row_prose, {shown(walk_.text())});
      break;
    case Role::data:
      take_row();
      break;
    default:
      return take_line(role);
  }
  return feed_.passed(walk_.raw().size());
}

void CsvReader::describe_layout() {
  report_.dialect = "csv";
  const Layout& layout = walk_.layout();
  const std::string_view family = layout.family();
  if (!family.empty()) report_.dialect.append(" family ").append(family);
  if (layout.repeated_names != 0) {
    if (walk_.lines_before() == 0) return;
    report_.warnings.push_back(
        record::make_finding(Code::file_title_lines, {std::to_string(walk_.lines_before())}));
  } else if (walk_.is_configured()) {
    report_.warnings.push_back(
        record::make_finding(Code::file_header_less, {"they are what is set for this folder"}));
  } else if (!layout.has_header) {
    report_.warnings.push_back(record::make_finding(
        Code::file_header_less,
        {"a hardware hash in the third field proves serial number, PKID and hash"}));
  }
}

Result<void> CsvReader::finish_report() {
  report_.lines = walk_.lines_seen();
  if (window_.encoding_changes() != 0) {
    report_.warnings.push_back(record::make_finding(Code::file_mixed_encodings,
                                                    {std::to_string(window_.encoding_changes())}));
  }
  if (walk_.converted_lines() != 0) {
    report_.warnings.push_back(
        record::make_finding(Code::file_fallback_charset,
                             {std::to_string(walk_.converted_lines()), options_.fallback_charset}));
  }
  if (!walk_.refusal()) {
    if (report_.rows == 0) report_.refusal = record::make_finding(Code::file_no_rows);
    return {};
  }
  report_.refusal = walk_.refusal();
  report_.holds_secret |= walk_.refused_text_has_key();
  // Nobody reads what follows, but it may be a list of keys.
  SecretWatch watch;
  auto looked = watch.look_at_rest(window_);
  report_.holds_secret |= watch.has_seen();
  return looked;
}

void CsvReader::take_row() {
  ++report_.rows;
  if (is_stored_already()) return feed_.look_for_secret(walk_.text());
  if (has_fault()) return;
  const Fields fields = without_trailing_empties(walk_.fields(), columns().size());
  if (fields.size() > columns().size()) return check_surplus(fields);
  if (is_prose(fields)) return reject(Code::row_prose, {shown(walk_.text())});
  check_fields(fields);
  if (walk_.joined_lines() == 0) return;
  feed_.remark(record::make_finding(Code::row_lines_joined, record::Field::hash,
                                    {std::to_string(walk_.joined_lines())}));
}

bool CsvReader::has_fault() {
  const Fields all = walk_.fields();
  const bool is_oversized = std::any_of(all.begin(), all.end(), [](std::string_view field) {
    return field.size() > limits::kFieldBytes;
  });
  if (walk_.fault() == CsvWalk::Fault::zero_bytes) {
    reject(Code::row_nul_bytes);
  } else if (walk_.fault() == CsvWalk::Fault::bad_encoding) {
    reject(Code::row_bad_encoding, {report_.encoding});
  } else if (walk_.has_too_many_fields()) {
    reject(Code::row_too_many_columns, {std::to_string(limits::kColumns)});
  } else if (is_oversized) {
    reject(Code::row_field_too_long, {std::to_string(limits::kFieldBytes)});
  } else {
    return false;
  }
  return true;
}

void CsvReader::check_fields(Fields fields) {
  record::RawRow raw;
  raw.line = walk_.line();
  raw.all_fields = walk_.fields();
  const std::size_t count = std::min(fields.size(), columns().size());
  for (std::size_t at = 0; at < count; ++at) {
    if (const auto member = member_of(columns().columns()[at])) raw.*member = fields[at];
  }
  feed_.check(raw);
}

void CsvReader::check_surplus(Fields fields) {
  // A product key outranks every other complaint: it decides how the file is treated.
  const bool has_secret = std::any_of(fields.begin(), fields.end(), record::contains_product_key);
  if (has_secret) return check_fields(fields.first(columns().size()));
  const auto rejoined = walk_.has_quotes() ? std::nullopt : rejoin_commas(fields, columns());
  if (!rejoined) {
    if (is_prose(fields)) return reject(Code::row_prose, {shown(walk_.text())});
    return reject(Code::row_too_many_fields,
                  {std::to_string(fields.size()), std::to_string(columns().size())});
  }
  check_fields(*rejoined);
  const bool is_manufacturer =
      (*rejoined)[columns().position(Column::manufacturer)].find(',') != std::string_view::npos;
  feed_.remark(
      record::make_finding(Code::row_comma_rejoined,
                           is_manufacturer ? record::Field::manufacturer : record::Field::model,
                           {is_manufacturer ? "the manufacturer" : "the model"}));
}

// An instruction of a template, a footer, a comment: words, and nothing that identifies.
bool CsvReader::is_prose(Fields fields) const {
  const auto value = [&](Column column) {
    const std::size_t at = columns().position(column);
    return at < fields.size() ? record::trim_field(fields[at]) : std::string_view();
  };
  const auto is_value = [](std::string_view text) {
    return !text.empty() && text.find(' ') == std::string_view::npos;
  };
  if (is_value(value(Column::hash)) || is_value(value(Column::pkid))) return false;
  if (!value(Column::manufacturer).empty() && !value(Column::model).empty()) return false;
  const auto filled = std::find_if_not(fields.begin(), fields.end(), is_empty_field);
  if (filled == fields.end() || !reads_like_words(record::trim_field(*filled))) return false;
  return std::none_of(fields.begin(), fields.end(), [](std::string_view field) {
    return record::looks_like_hash(record::trim_field(field)) ||
           record::contains_product_key(field);
  });
}

Result<void> CsvReader::take_line(Role role) {
  ++report_.rows;
  if (!is_stored_already()) {
    if (walk_.raw().find('\0') != std::string_view::npos) {
      reject(Code::row_nul_bytes);
    } else if (role == Role::unclosed_quote) {
      // Only the first line is given up: the quote may have been none, and the next lines are rows.
      reject(Code::row_unclosed_quote);
    } else {
      reject(Code::row_too_long, {std::to_string(limits::kRowBytes)});
    }
  }
  SecretWatch watch;
  auto passed = walk_.pass_line([&](std::string_view bytes) -> Result<void> {
    watch.look(bytes);
    return {};
  });
  if (!passed) return passed;
  report_.holds_secret |= watch.has_seen();
  return feed_.passed(0);
}

void CsvReader::reject(Code code, std::initializer_list<std::string_view> values) {
  feed_.reject(walk_.line(), record::make_finding(code, values), walk_.text());
}

}  // namespace devicebatch::format
