// format/record_feed.hpp - the records of a file that is no lines: numbered, then fed on.
//
// Purpose:   what readers of records (JSON, XML) share besides RowFeed: a number for each record.
// Lifecycle: one for a file; finish() at its end.
// Threading: the caller's thread.
// Units:     a record's number is the physical line on which it begins; where several begin on one
//            line, each has one more than the record before it, until the lines have caught up. So
//            numbers rise strictly, and the same file always gives the same ones.
// Errors:    those of the sink, handed through.
// Source:    docs/formats.md, "Record numbers".
#pragma once

#include "format/row_feed.hpp"

namespace devicebatch::format {

class RecordNumbers {
 public:
  // The number of a record that begins on `line`.
  std::uint64_t next(std::uint64_t line) {
    is_shared_ = line <= last_;
    last_ = is_shared_ ? last_ + 1 : line;
    return last_;
  }
  std::uint64_t last() const { return last_; }
  // The record had to be given another number than its line.
  bool is_shared() const { return is_shared_; }

 private:
  std::uint64_t last_ = 0;
  bool is_shared_ = false;
};

class RecordFeed {
 public:
  RecordFeed(const record::RowChecker& checker, const ReadOptions& options, const BatchSink& sink,
             FileReport& report);

  // Counts the record that was numbered last. False when it is stored already and must not be
  // judged.
  bool begin(const RecordNumbers& numbers);

  // Judges the record that begin() counted; its line is set here.
  void check(record::RawRow row);
  void reject(record::RawRow row, record::Finding finding);
  // A warning about the record that was judged last.
  void warn(record::Finding finding);

  // So many bytes of the file were dealt with.
  Result<void> passed(std::size_t bytes) { return rows_.passed(bytes); }
  // Hands the rest on, unless the file is refused.
  Result<void> finish();

 private:
  const std::uint64_t resume_after_;
  FileReport& report_;
  RowFeed rows_;
  std::uint64_t number_ = 0;
  bool has_warned_of_sharing_ = false;
};

}  // namespace devicebatch::format
