#include "format/csv/scan_reader.hpp"

#include "base/limits.hpp"
#include "base/text.hpp"
#include "format/csv_splitter.hpp"
#include "format/secret_watch.hpp"
#include "record/field_text.hpp"
#include "record/product_key.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace devicebatch::format {
namespace {

using record::Code;
using record::RawRow;

constexpr std::pair<std::string_view, std::string_view RawRow::*> kGroups[] = {
    {"serial", &RawRow::serial},
    {"pkid", &RawRow::pkid},
    {"manufacturer", &RawRow::manufacturer},
    {"model", &RawRow::model},
};

re2::RE2::Options quiet() {
  re2::RE2::Options options;
  options.set_log_errors(false);
  // Lines of other encodings are refused before they are matched.
  options.set_encoding(re2::RE2::Options::EncodingUTF8);
  return options;
}

std::string shown(std::string_view line) {
  constexpr std::size_t kShownBytes = 60;
  return record::without_product_keys(printable(line.substr(0, 4 * kShownBytes), kShownBytes));
}

}  // namespace

ScanPattern::ScanPattern(const std::string& expression)
    : expression_(std::make_unique<re2::RE2>(expression, quiet())) {}

ScanPattern::~ScanPattern() = default;

std::string ScanPattern::fault() const {
  if (!expression_->ok()) return expression_->error();
  const auto& groups = expression_->NamedCapturingGroups();
  if (groups.count("serial") == 0 && groups.count("pkid") == 0) {
    return "it has neither a group (?P<serial>...) nor (?P<pkid>...)";
  }
  return {};
}

std::optional<RawRow> ScanPattern::match(std::string_view line) const {
  if (!expression_->ok()) return std::nullopt;
  const int count = expression_->NumberOfCapturingGroups() + 1;
  std::vector<re2::StringPiece> parts(static_cast<std::size_t>(count));
  const re2::StringPiece text(line.data(), line.size());
  if (!expression_->Match(text, 0, line.size(), re2::RE2::UNANCHORED, parts.data(), count)) {
    return std::nullopt;
  }
  RawRow row;
  const auto& groups = expression_->NamedCapturingGroups();
  for (const auto& [name, member] : kGroups) {
    const auto found = groups.find(std::string(name));
    if (found == groups.end()) continue;
    const re2::StringPiece& part = parts[static_cast<std::size_t>(found->second)];
    row.*member = {part.data(), part.size()};
  }
  return row;
}

ScanReader::ScanReader(TextWindow& window, const record::RowChecker& checker,
                       const ReadOptions& options, const BatchSink& sink, FileReport& report)
    : window_(window),
      options_(options),
      report_(report),
      pattern_(options.scan_pattern),
      feed_(checker, sink, report) {}

Result<void> ScanReader::run() {
  const std::string fault = pattern_.fault();
  if (!fault.empty()) return fail(Errc::bad_config, "scan pattern: " + fault);
  report_.dialect = "scans";
  while (!window_.rest().empty() || !window_.is_last()) {
    const std::string_view text = window_.rest();
    const LineEnd end = next_line_end(text, 0, window_.is_last());
    const bool is_whole = (end.bytes != 0 && end.is_certain) || window_.is_last();
    Result<void> done;
    if (end.at > limits::kRowBytes) {
      done = pass_endless_line();
    } else if (!is_whole) {
      done = window_.refill();
    } else {
      done = take_line(text.substr(0, end.at));
      window_.skip(end.at + end.bytes);
      ++line_;
    }
    if (!done) return done;
  }
  report_.lines = line_ - 1;
  if (report_.rows == 0) report_.refusal = record::make_finding(Code::file_empty);
  return feed_.flush();
}

Result<void> ScanReader::take_line(std::string_view line) {
  if (record::trim_field(line).empty()) {
    ++report_.blank_lines;
    return {};
  }
  ++report_.rows;
  if (line_ <= options_.resume_after_line) {
    feed_.look_for_secret(line);
  } else {
    judge(record::trim_field(line));
  }
  return feed_.passed(line.size());
}

void ScanReader::judge(std::string_view line) {
  if (line.find('\0') != std::string_view::npos) return reject(Code::row_nul_bytes, {}, line);
  if (!is_valid_utf8(line)) return reject(Code::row_bad_encoding, report_.encoding, line);
  auto row = pattern_.match(line);
  if (!row) return reject(Code::row_scan_unmatched, shown(line), line);
  row->line = line_;
  row->all_fields = {&line, 1};
  feed_.check(*row);
}

void ScanReader::reject(Code code, std::string_view value, std::string_view line) {
  auto finding = value.empty() ? record::make_finding(code) : record::make_finding(code, {value});
  feed_.reject(line_, std::move(finding), line);
}

Result<void> ScanReader::pass_endless_line() {
  ++report_.rows;
  if (line_ > options_.resume_after_line) {
    reject(Code::row_too_long, std::to_string(limits::kRowBytes), {});
  }
  SecretWatch watch;
  for (;;) {
    const LineEnd end = next_line_end(window_.rest(), 0, window_.is_last());
    const bool is_whole = end.bytes != 0 && end.is_certain;
    watch.look(window_.rest().substr(0, end.at));
    window_.skip(end.at + (is_whole ? end.bytes : 0));
    if (is_whole || window_.is_last()) break;
    auto more = window_.refill();
    if (!more) return more;
  }
  ++line_;
  report_.holds_secret |= watch.has_seen();
  return feed_.passed(0);
}

}  // namespace devicebatch::format
