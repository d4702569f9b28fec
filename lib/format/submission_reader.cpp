#include "format/submission_reader.hpp"

#include "format/csv/scan_reader.hpp"
#include "format/csv_reader.hpp"
#include "format/other_dialects.hpp"
#include "format/packed/file_kind.hpp"
#include "format/packed/gzip_source.hpp"
#include "format/packed/head_source.hpp"
#include "format/text_window.hpp"
#include "record/finding_codes.hpp"

namespace devicebatch::format {
namespace {

using record::Code;

Result<void> read_text(ByteSource& source, const record::RowChecker& checker,
                       const ReadOptions& options, const BatchSink& sink, FileReport& report) {
  TextWindow window(source);
  const auto detected = window.start();
  if (!detected) return fail(Error(detected.error()));
  report.encoding = to_string(detected->encoding);
  if (detected->encoding == Encoding::unknown) {
    report.refusal = record::make_finding(Code::file_encoding, {"UTF-32"});
    return {};
  }
  if (detected->is_guess) {
    report.warnings.push_back(
        record::make_finding(Code::file_no_byte_order_mark, {report.encoding}));
  }
  if (!options.scan_pattern.empty()) {
    return ScanReader(window, checker, options, sink, report).run();
  }
  const auto taken = read_other_dialect(window, checker, options, sink, report);
  if (!taken) return fail(Error(taken.error()));
  if (*taken) return {};
  return CsvReader(window, checker, options, sink, report).run();
}

// What stops a reader of any dialect once a compressed file has given too many rows.
class CappedSink {
 public:
  CappedSink(const BatchSink& sink, std::uint64_t most_rows) : sink_(sink), left_(most_rows) {}

  Result<void> take(std::unique_ptr<record::RecordBatch> batch) {
    if (batch->rows.size() > left_) {
      is_exceeded_ = true;
      return fail(Errc::rejected, "too many rows");
    }
    left_ -= batch->rows.size();
    return sink_(std::move(batch));
  }
  bool is_exceeded() const { return is_exceeded_; }

 private:
  const BatchSink& sink_;
  std::uint64_t left_;
  bool is_exceeded_ = false;
};

Result<void> read_gzip(ByteSource& packed, const record::RowChecker& checker,
                       const ReadOptions& options, const BatchSink& sink, FileReport& report) {
  GzipSource inflated(packed, {options.most_inflated_bytes, options.most_inflation});
  HeadSource source(inflated);
  const auto head = source.head(kKindProbeBytes);
  if (!head) return fail(Error(head.error()));
  const std::string_view inside = is_gzip(*head) ? "gzip" : packed_kind(*head);
  if (!inside.empty()) {
    report.refusal = record::make_finding(Code::file_nested_gzip, {inside});
    return {};
  }
  CappedSink capped(sink, options.most_inflated_rows);
  auto done = read_text(
      source, checker, options,
      [&](std::unique_ptr<record::RecordBatch> batch) { return capped.take(std::move(batch)); },
      report);
  if (capped.is_exceeded()) {
    report.refusal = record::make_finding(Code::file_too_many_rows,
                                          {std::to_string(options.most_inflated_rows)});
    done = {};
  }
  if (inflated.refusal()) report.refusal = inflated.refusal();
  return done;
}

}  // namespace

Result<FileReport> read_submission(ByteSource& source, const record::RowChecker& checker,
                                   const ReadOptions& options, const BatchSink& sink) {
  HeadSource whole(source);
  const auto head = whole.head(kKindProbeBytes);
  if (!head) return fail(Error(head.error()));
  FileReport report;
  report.refusal = refuse_packed(*head);
  if (report.refusal) {
    report.dialect = packed_kind(*head);
    return report;
  }
  const bool is_packed = is_gzip(*head);
  auto done = is_packed ? read_gzip(whole, checker, options, sink, report)
                        : read_text(whole, checker, options, sink, report);
  if (!done) return fail(std::move(done.error()));
  if (is_packed) report.dialect.append(report.dialect.empty() ? "gzip" : ", gzip");
  return report;
}

}  // namespace devicebatch::format
