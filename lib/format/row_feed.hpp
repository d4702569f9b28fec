// format/row_feed.hpp - judged rows on their way to the sink, in batches.
//
// Purpose:   what every line-by-line reader does with a row once its fields are known.
// Lifecycle: one for a file; flush() at its end.
// Threading: the caller's thread.
// Errors:    those of the sink.
#pragma once

#include "format/submission_reader.hpp"
#include "record/finding_codes.hpp"

#include <initializer_list>
#include <memory>

namespace devicebatch::format {

class RowFeed {
 public:
  RowFeed(const record::RowChecker& checker, const BatchSink& sink, FileReport& report);

  // One row, judged; counted by the caller.
  void check(const record::RawRow& row);
  // One row that is refused; `text` is searched for a product key.
  void reject(std::uint64_t line, record::Finding finding, std::string_view text);
  // The same for a row whose fields are known; they are searched.
  void reject(const record::RawRow& row, record::Finding finding);
  // A finding more for the row that was judged last.
  void remark(record::Finding finding);
  // Text that leads to no row of its own is searched as well.
  void look_for_secret(std::string_view text);

  // So many bytes of the file were dealt with: hands on what has become large.
  Result<void> passed(std::size_t bytes);
  Result<void> flush();

 private:
  // A row that was refused for a product key makes the whole file one that holds a secret.
  void note_secret();

  const record::RowChecker& checker_;
  const BatchSink& sink_;
  FileReport& report_;
  std::unique_ptr<record::RecordBatch> batch_;
  std::size_t text_in_batch_ = 0;
};

}  // namespace devicebatch::format
