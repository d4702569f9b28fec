#include "format/record_feed.hpp"

namespace devicebatch::format {

using record::Code;

RecordFeed::RecordFeed(const record::RowChecker& checker, const ReadOptions& options,
                       const BatchSink& sink, FileReport& report)
    : resume_after_(options.resume_after_line), report_(report), rows_(checker, sink, report) {}

bool RecordFeed::begin(const RecordNumbers& numbers) {
  number_ = numbers.last();
  ++report_.rows;
  if (numbers.is_shared() && !has_warned_of_sharing_) {
    has_warned_of_sharing_ = true;
    report_.warnings.push_back(
        record::make_finding(Code::file_records_share_lines, {std::to_string(number_)}));
  }
  return number_ > resume_after_;
}

void RecordFeed::check(record::RawRow row) {
  row.line = number_;
  rows_.check(row);
}

void RecordFeed::reject(record::RawRow row, record::Finding finding) {
  row.line = number_;
  rows_.reject(row, std::move(finding));
}

void RecordFeed::warn(record::Finding finding) {
  rows_.remark(std::move(finding));
}

Result<void> RecordFeed::finish() {
  if (report_.refusal) {
    report_.rows = 0;
    return {};
  }
  return rows_.flush();
}

}  // namespace devicebatch::format
