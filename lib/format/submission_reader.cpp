#include "format/submission_reader.hpp"

#include "format/csv_reader.hpp"
#include "format/text_window.hpp"

namespace devicebatch::format {

Result<FileReport> read_submission(ByteSource& source, const record::RowChecker& checker,
                                   const ReadOptions& options, const BatchSink& sink) {
  TextWindow window(source);
  const auto detected = window.start();
  if (!detected) return fail(detected.error());
  FileReport report;
  report.encoding = to_string(detected->encoding);
  if (detected->encoding == Encoding::unknown) {
    report.refusal = record::make_finding(record::Code::file_encoding, {"UTF-32"});
    return report;
  }
  if (detected->is_guess) {
    report.warnings.push_back(
        record::make_finding(record::Code::file_no_byte_order_mark, {report.encoding}));
  }
  auto done = CsvReader(window, checker, options, sink, report).run();
  if (!done) return fail(std::move(done.error()));
  return report;
}

}  // namespace devicebatch::format
