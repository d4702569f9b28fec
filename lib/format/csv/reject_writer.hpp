// format/csv/reject_writer.hpp - rows in the encoding and with the line ends of their file.
//
// Lifecycle: one for a file; finish() at its end.
// Threading: the caller's thread.
// Errors:    those of the sink.
// Source:    docs/formats.md, "Rejected rows".
#pragma once

#include "format/byte_source.hpp"
#include "format/encoding.hpp"
#include "format/redaction.hpp"

#include <string>
#include <string_view>

namespace devicebatch::format {

// The mark of the encoding goes in front of the first byte; product keys are masked.
class RejectWriter {
 public:
  RejectWriter(const DetectedEncoding& encoding, const ByteSink& sink)
      : encoding_(encoding), sink_(sink) {}

  Result<void> write(std::string_view text);
  // A row whose end may be the end of the file.
  Result<void> write_row(std::string_view text);
  Result<void> end_line();
  Result<void> finish() { return mask_.finish(sink_); }

 private:
  bool is_wide() const {
    return encoding_.encoding == Encoding::utf16le || encoding_.encoding == Encoding::utf16be;
  }
  void note_line_break(std::string_view text);

  const DetectedEncoding encoding_;
  const ByteSink& sink_;
  KeyMask mask_;
  std::string line_break_ = "\r\n";
  bool is_begun_ = false;
  bool is_line_open_ = false;
};

}  // namespace devicebatch::format
