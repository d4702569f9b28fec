#include "format/csv_reader.hpp"

#include "base/limits.hpp"
#include "base/text.hpp"
#include "format/comma_repair.hpp"
#include "record/field_text.hpp"
#include "record/product_key.hpp"

#include <algorithm>

namespace devicebatch::format {
namespace {

using record::Code;

// Full rows are about 260 a window. Rows of a PKID alone would be 75,000: a batch of them would be
// large and late.
constexpr std::size_t kRowsPerBatch = 4096;
constexpr std::size_t kFindingsPerBatch = 4096;
// A window less what the row at its edge keeps for the next one.
constexpr std::size_t kTextPerBatch = limits::kWindowBytes / 2;

// A line of nothing, blanks or commas; such lines must not be taken apart into a million fields.
bool is_blank_line(std::string_view text) {
  return text.find_first_not_of(", \t\r\n") == std::string_view::npos;
}

bool is_empty_field(std::string_view field) {
  return record::trim_field(field).empty();
}

std::span<const std::string_view> without_trailing_empties(std::span<const std::string_view> fields,
                                                           std::size_t keep) {
  while (fields.size() > keep && is_empty_field(fields.back())) {
    fields = fields.first(fields.size() - 1);
  }
  return fields;
}

}  // namespace

CsvReader::CsvReader(TextWindow& window, const record::RowChecker& checker,
                     const ReadOptions& options, const BatchSink& sink, FileReport& report)
    : window_(window),
      checker_(checker),
      options_(options),
      sink_(sink),
      report_(report),
      batch_(std::make_unique<record::RecordBatch>()) {}

Result<void> CsvReader::run() {
  while (!report_.refusal) {
    if (window_.rest().empty() && window_.is_last()) break;
    if (window_.rest().starts_with(kByteOrderMark)) {
      // Merged files have marks in the middle.
      window_.skip(kByteOrderMark.size());
      continue;
    }
    const std::string_view text = window_.rest().substr(0, limits::kRowBytes);
    const bool is_last = window_.is_last() && text.size() == window_.rest().size();
    const Split split = splitter_.split(text, is_last);
    Result<void> done;
    if (split == Split::complete) {
      done = take_row(text.substr(0, splitter_.length()));
    } else if (split == Split::need_more && text.size() < limits::kRowBytes) {
      done = refill();
    } else {
      done = take_endless_row();
    }
    if (!done) return done;
  }
  report_.lines = line_ - 1;
  if (!report_.refusal && !columns_) refuse(record::make_finding(Code::file_empty));
  if (!report_.refusal && report_.rows == 0) refuse(record::make_finding(Code::file_no_rows));
  return flush();
}

Result<void> CsvReader::take_row(std::string_view text) {
  if (is_blank_line(text)) {
    ++report_.blank_lines;
  } else if (!columns_) {
    take_header(text);
  } else {
    take_data_row(text);
  }
  text_in_batch_ += text.size();
  // A last line without a line break is a line too.
  const bool is_open_ended = text.back() != '\n' && text.back() != '\r';
  line_ += splitter_.line_breaks() + (is_open_ended ? 1 : 0);
  window_.skip(text.size());
  return flush_if_full();
}

void CsvReader::take_header(std::string_view text) {
  if (record::contains_product_key(text)) {
    return refuse(record::make_finding(Code::secret_product_key, record::Field::file));
  }
  if (!window_.is_plain() && (!is_valid_utf8(text) || text.find('\0') != std::string_view::npos)) {
    return refuse(record::make_finding(Code::file_encoding, {text.substr(0, 40)}));
  }
  if (splitter_.has_too_many_fields()) {
    return refuse(record::make_finding(Code::file_header_too_long, {std::to_string(line_)}));
  }
  auto columns = ColumnMap::from(splitter_.fields(), line_);
  if (!columns) return refuse(std::move(columns.error()));
  columns_ = std::move(*columns);
  report_.dialect = "csv";
  if (!columns_->family().empty()) report_.dialect.append(" family ").append(columns_->family());
}

void CsvReader::take_data_row(std::string_view text) {
  if (is_repeated_header()) {
    ++report_.repeated_headers;
    return;
  }
  const auto all = splitter_.fields();
  if (!splitter_.has_too_many_fields() && std::all_of(all.begin(), all.end(), is_empty_field)) {
    ++report_.blank_lines;
    return;
  }
  ++report_.rows;
  if (is_stored_already()) return;
  if (!window_.is_plain()) {
    if (text.find('\0') != std::string_view::npos) return reject(Code::row_nul_bytes);
    if (!is_valid_utf8(text)) return reject(Code::row_bad_encoding, {report_.encoding});
  }
  if (splitter_.has_too_many_fields()) {
    return reject(Code::row_too_many_columns, {std::to_string(limits::kColumns)});
  }
  const bool is_oversized = std::any_of(all.begin(), all.end(), [](std::string_view field) {
    return field.size() > limits::kFieldBytes;
  });
  if (is_oversized) {
    return reject(Code::row_field_too_long, {std::to_string(limits::kFieldBytes)});
  }
  const auto fields = without_trailing_empties(all, columns_->size());
  if (fields.size() > columns_->size()) return check_rejoined(fields);
  check_fields(fields);
}

void CsvReader::check_fields(std::span<const std::string_view> fields) {
  record::RawRow raw;
  raw.line = line_;
  raw.all_fields = splitter_.fields();
  const std::size_t count = std::min(fields.size(), columns_->size());
  for (std::size_t at = 0; at < count; ++at) {
    if (const auto member = member_of(columns_->columns()[at])) raw.*member = fields[at];
  }
  checker_.check(raw, *batch_);
}

void CsvReader::check_rejoined(std::span<const std::string_view> fields) {
  // A product key outranks every other complaint: it decides how the file is treated.
  const bool has_secret = std::any_of(fields.begin(), fields.end(), record::contains_product_key);
  if (has_secret) return check_fields(fields.first(columns_->size()));
  const auto rejoined = splitter_.has_quotes() ? std::nullopt : rejoin_commas(fields, *columns_);
  if (!rejoined) {
    return reject(Code::row_too_many_fields,
                  {std::to_string(fields.size()), std::to_string(columns_->size())});
  }
  check_fields(*rejoined);
  const bool is_manufacturer =
      (*rejoined)[columns_->position(Column::manufacturer)].find(',') != std::string_view::npos;
  batch_->findings.push_back(
      record::make_finding(Code::row_comma_rejoined,
                           is_manufacturer ? record::Field::manufacturer : record::Field::model,
                           {is_manufacturer ? "the manufacturer" : "the model"}));
  ++batch_->rows.back().finding_count;
}

bool CsvReader::is_repeated_header() {
  if (!may_be_header(splitter_.fields())) return false;
  auto columns = ColumnMap::from(splitter_.fields(), line_);
  if (!columns) return false;
  // The file behind it may have other columns than the one in front.
  columns_ = std::move(*columns);
  return true;
}

Result<void> CsvReader::take_endless_row() {
  const std::string_view text = window_.rest().substr(0, limits::kRowBytes);
  const bool has_nul = text.find('\0') != std::string_view::npos;
  if (!columns_) {
    refuse(record::make_finding(has_nul ? Code::file_encoding : Code::file_header_too_long,
                                {has_nul ? std::string("zero bytes") : std::to_string(line_)}));
    return {};
  }
  ++report_.rows;
  const LineEnd end = next_line_end(text, 0, window_.is_last());
  const bool is_unclosed = end.bytes != 0 || text.size() < limits::kRowBytes;
  if (!is_stored_already()) {
    if (has_nul) {
      reject(Code::row_nul_bytes);
    } else if (is_unclosed) {
      // Only the first line is given up: the quote may have been none, and the next lines are rows.
      reject(Code::row_unclosed_quote);
    } else {
      reject(Code::row_too_long, {std::to_string(limits::kRowBytes)});
    }
  }
  auto skipped = skip_line();
  ++line_;
  if (!skipped) return skipped;
  return flush_if_full();
}

// Leaves the physical line in hand, however long it is.
Result<void> CsvReader::skip_line() {
  for (;;) {
    const LineEnd end = next_line_end(window_.rest(), 0, window_.is_last());
    if (end.bytes != 0 && end.is_certain) {
      window_.skip(end.at + end.bytes);
      return {};
    }
    // All of it, but for a CR whose LF may follow.
    window_.skip(end.at);
    if (window_.is_last()) return {};
    auto more = refill();
    if (!more) return more;
  }
}

void CsvReader::reject(Code code, std::initializer_list<std::string_view> values) {
  checker_.reject(line_, record::make_finding(code, values), *batch_);
}

void CsvReader::refuse(record::Finding finding) {
  report_.refusal = std::move(finding);
}

Result<void> CsvReader::refill() {
  if (text_in_batch_ >= kTextPerBatch) {
    auto flushed = flush();
    if (!flushed) return flushed;
  }
  return window_.refill();
}

Result<void> CsvReader::flush_if_full() {
  if (batch_->rows.size() < kRowsPerBatch && batch_->findings.size() < kFindingsPerBatch) return {};
  return flush();
}

Result<void> CsvReader::flush() {
  text_in_batch_ = 0;
  if (batch_->rows.empty()) return {};
  last_rows_ = batch_->rows.size();
  last_pack_ = batch_->pack.size();
  auto done = sink_(std::exchange(batch_, std::make_unique<record::RecordBatch>()));
  // The next batch is likely to be as large as this one.
  batch_->rows.reserve(last_rows_);
  batch_->pack.reserve(last_pack_);
  return done;
}

}  // namespace devicebatch::format
