#include "format/csv/walk.hpp"

#include "base/limits.hpp"
#include "record/field_text.hpp"
#include "record/finding_codes.hpp"
#include "record/product_key.hpp"

#include <algorithm>

namespace devicebatch::format {
namespace {

using record::Code;

// Lines that may stand in front of a header. Reports have three; a file of something else must not
// be read to its end to be refused.
constexpr std::size_t kMostTitleLines = 20;

bool is_empty_field(std::string_view field) {
  return record::trim_field(field).empty();
}

}  // namespace

CsvWalk::CsvWalk(TextWindow& window, const ReadOptions& options)
    : options_(options), rows_(window), splitter_(rows_.splitter()), separator_(options.separator) {
  if (separator_ != 0) splitter_.set_separator(separator_);
}

Result<CsvWalk::Role> CsvWalk::next() {
  if (!is_charset_ready_ && !options_.fallback_charset.empty()) {
    auto charset = Charset::named(options_.fallback_charset);
    if (!charset) return fail(std::move(charset.error()));
    charset_.emplace(std::move(*charset));
  }
  is_charset_ready_ = true;
  if (refusal_) return Role::refused;
  if (layout_ && !pending_.empty()) return replay();
  if (is_row_held_) return take_held_row();
  return next_row();
}

Result<CsvWalk::Role> CsvWalk::next_row() {
  for (;;) {
    const auto found = rows_.next();
    if (!found) return fail(Error(found.error()));
    if (*found == CsvRows::Found::none) return layout_ ? Role::end : refuse_without_header();
    use_row(rows_.text(), rows_.line());
    if (*found != CsvRows::Found::row) {
      const bool has_nul = raw_.find('\0') != std::string_view::npos;
      const bool is_endless = *found == CsvRows::Found::endless_line;
      if (!layout_ && !options_.columns.empty()) take_configured_layout();
      if (layout_) return is_endless ? Role::endless_line : Role::unclosed_quote;
      return refuse(
          record::make_finding(has_nul ? Code::file_encoding : Code::file_header_too_long,
                               {has_nul ? std::string("zero bytes") : std::to_string(line_)}));
    }
    if (is_blank()) return Role::blank;
    convert();
    use_fields();
    const std::optional<Role> role = layout_ ? role_of_row() : look_for_layout();
    if (role) return *role;
  }
}

CsvWalk::Role CsvWalk::replay() {
  replayed_ = std::move(pending_.front().raw);
  use_row(replayed_, pending_.front().line);
  pending_.pop_front();
  is_replayed_ = true;
  convert();
  splitter_.split(text_, true);
  use_fields();
  if (layout_->repeated_names != 0) return Role::title;
  return layout_->has_header ? Role::before_header : Role::data;
}

CsvWalk::Role CsvWalk::take_held_row() {
  is_row_held_ = false;
  use_row(rows_.text(), rows_.line());
  convert();
  splitter_.split(text_, true);
  use_fields();
  return layout_->has_header ? Role::header : role_of_row();
}

void CsvWalk::use_row(std::string_view raw, std::uint64_t line) {
  is_replayed_ = false;
  raw_ = raw;
  text_ = raw;
  line_ = line;
  fault_ = Fault::none;
}

void CsvWalk::use_fields() {
  fields_ = splitter_.fields();
  has_too_many_fields_ = splitter_.has_too_many_fields();
  has_quotes_ = splitter_.has_quotes();
}

// A row that is not UTF-8 is read in the fallback charset, or has a fault.
void CsvWalk::convert() {
  if (rows_.is_plain() && !is_replayed_) return;
  if (raw_.find('\0') != std::string_view::npos) {
    fault_ = Fault::zero_bytes;
    return;
  }
  if (is_valid_utf8(raw_)) return;
  auto text = charset_ ? charset_->to_utf8(raw_) : std::nullopt;
  if (!text || text->find('\0') != std::string::npos) {
    fault_ = Fault::bad_encoding;
    return;
  }
  converted_ = std::move(*text);
  text_ = converted_;
  if (line_ > last_converted_) ++converted_lines_;
  last_converted_ = std::max(last_converted_, line_);
  splitter_.split(text_, true);
}

// A line of nothing, blanks or separators; such lines must not be taken apart into a million
// fields.
bool CsvWalk::is_blank() const {
  const char blanks[] = {',', ' ', '\t', '\r', '\n', splitter_.separator()};
  return raw_.find_first_not_of(std::string_view(blanks, sizeof blanks)) == std::string_view::npos;
}

// nullopt: go on to the next row.
std::optional<CsvWalk::Role> CsvWalk::look_for_layout() {
  if (fault_ != Fault::none && !options_.columns.empty()) {
    take_configured_layout();
    return Role::data;
  }
  if (fault_ != Fault::none) {
    return refuse(record::make_finding(Code::file_encoding, {raw_.substr(0, 40)}));
  }
  if (pending_.empty() && separator_line_.empty()) {
    if (const char separator = separator_of_line(text_)) {
      if (options_.separator == 0) separator_ = separator;
      separator_line_ = raw_;
      splitter_.set_separator(separator_);
      return std::nullopt;
    }
  }
  if (has_too_many_fields_) {
    return refuse(record::make_finding(Code::file_header_too_long, {std::to_string(line_)}));
  }
  auto found = layout_of(text_, line_, separator_, splitter_);
  use_fields();
  if (found && !found->has_header) return take_layout(std::move(*found));
  if (!found && !options_.columns.empty()) {
    take_configured_layout();
    return role_of_row();
  }
  if (record::contains_product_key(text_)) {
    return refuse(record::make_finding(Code::secret_product_key, record::Field::file));
  }
  if (found) return take_layout(std::move(*found));
  if (found.error().code != record::row_of(Code::file_no_header).code) {
    return refuse(std::move(found.error()));
  }
  return keep_for_later(std::move(found.error()));
}

std::optional<CsvWalk::Role> CsvWalk::take_layout(Layout layout) {
  layout_ = std::move(layout);
  splitter_.set_separator(layout_->separator);
  if (layout_->has_header) header_line_ = raw_;
  lines_before_ = pending_.size();
  is_row_held_ = true;
  return pending_.empty() ? take_held_row() : replay();
}

std::optional<CsvWalk::Role> CsvWalk::keep_for_later(record::Finding why) {
  if (!first_refusal_) first_refusal_ = std::move(why);
  pending_.push_back({line_, std::string(raw_)});
  if (pending_.size() > kMostTitleLines) return refuse_without_header();
  splitter_.set_separator(separator_ == 0 ? ',' : separator_);
  return std::nullopt;
}

// With the separator that gives as many fields as columns are set, or the comma.
void CsvWalk::take_configured_layout() {
  is_configured_ = true;
  layout_ = Layout{ColumnMap(options_.columns), separator_ == 0 ? ',' : separator_, 0, false};
  for (const char separator : std::string_view(",;\t|")) {
    if (separator_ != 0) break;
    splitter_.set_separator(separator);
    splitter_.split(text_, true);
    if (splitter_.fields().size() != layout_->columns.size()) continue;
    layout_->separator = separator;
    break;
  }
  splitter_.set_separator(layout_->separator);
  splitter_.split(text_, true);
  use_fields();
}

CsvWalk::Role CsvWalk::role_of_row() {
  if (rows_.continues_line() && !is_replayed_) {
    // Never a device: two rows cannot have one line.
    if (layout_->repeated_names == 0) take_repeated_header();
    return Role::repeated_header;
  }
  if (layout_->repeated_names != 0) return role_in_report();
  if (fields_.size() == 1 && take_other_separator()) return Role::repeated_header;
  if (take_repeated_header()) return Role::repeated_header;
  const bool is_nothing =
      !has_too_many_fields_ && std::all_of(fields_.begin(), fields_.end(), is_empty_field);
  return is_nothing ? Role::blank : Role::data;
}

// A merged file may go on with another separator, which its header or a `sep=` line shows.
bool CsvWalk::take_other_separator() {
  constexpr std::size_t kLongestHeader = 1024;
  if (text_.size() > kLongestHeader || separator_ != 0) return false;
  if (const char separator = separator_of_line(text_)) {
    separator_line_ = raw_;
    layout_->separator = separator;
    splitter_.set_separator(separator);
    return true;
  }
  if (!may_be_header(fields_) && text_.find_first_of(",;\t|") == std::string_view::npos) {
    return false;
  }
  auto found = layout_of(text_, line_, 0, splitter_);
  if (!found || !found->has_header) {
    splitter_.set_separator(layout_->separator);
    splitter_.split(text_, true);
    use_fields();
    return false;
  }
  if (found->separator != layout_->separator) separator_line_.clear();
  layout_ = std::move(*found);
  header_line_ = raw_;
  return true;
}

bool CsvWalk::take_repeated_header() {
  if (!may_be_header(fields_)) return false;
  auto columns = ColumnMap::from(fields_, line_);
  if (!columns) return false;
  // The file behind it may have other columns than the one in front.
  layout_->columns = std::move(*columns);
  header_line_ = raw_;
  return true;
}

CsvWalk::Role CsvWalk::role_in_report() {
  const std::size_t names = layout_->repeated_names;
  const auto is_name = [](std::string_view cell) { return column_named(cell) != Column::local; };
  if (fields_.size() < names ||
      !std::all_of(fields_.begin(), fields_.begin() + static_cast<std::ptrdiff_t>(names),
                   is_name)) {
    return Role::prose;
  }
  fields_ = fields_.subspan(names);
  const bool is_nothing = std::all_of(fields_.begin(), fields_.end(), is_empty_field);
  return is_nothing ? Role::repeated_header : Role::data;
}

CsvWalk::Role CsvWalk::refuse(record::Finding finding) {
  refusal_ = std::move(finding);
  refused_text_has_key_ = record::contains_product_key(raw_);
  for (const Pending& row : pending_) {
    refused_text_has_key_ |= record::contains_product_key(row.raw);
  }
  return Role::refused;
}

CsvWalk::Role CsvWalk::refuse_without_header() {
  if (pending_.empty()) return refuse(record::make_finding(Code::file_empty));
  const bool is_other_list = std::all_of(pending_.begin(), pending_.end(), [&](const Pending& row) {
    splitter_.set_separator(',');
    splitter_.split(row.raw, true);
    return may_be_corporate_identifiers(splitter_.fields());
  });
  if (is_other_list) return refuse(record::make_finding(Code::file_corporate_identifiers));
  return refuse(std::move(*first_refusal_));
}

}  // namespace devicebatch::format
