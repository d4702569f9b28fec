#include "format/csv/reject_writer.hpp"

#include "format/transcoder.hpp"

namespace devicebatch::format {

Result<void> RejectWriter::write(std::string_view text) {
  if (text.empty()) return {};
  std::string marked;
  if (!is_begun_ && encoding_.mark_bytes != 0) marked = kByteOrderMark;
  is_begun_ = true;
  marked += text;
  note_line_break(text);
  if (!is_wide()) return mask_.feed(marked, sink_);
  std::string wide;
  append_utf16(marked, encoding_.encoding == Encoding::utf16le, wide);
  return mask_.feed(wide, sink_);
}

Result<void> RejectWriter::write_row(std::string_view text) {
  auto ended = end_line();
  return ended ? write(text) : ended;
}

// The last row of a file may have had no line break, and others follow it now.
Result<void> RejectWriter::end_line() {
  return is_line_open_ ? write(line_break_) : Result<void>();
}

void RejectWriter::note_line_break(std::string_view text) {
  const std::size_t last = text.find_last_not_of("\r\n");
  is_line_open_ = last + 1 == text.size() && text.back() != '\n' && text.back() != '\r';
  if (last != std::string_view::npos && !is_line_open_) line_break_ = text.substr(last + 1);
}

}  // namespace devicebatch::format
