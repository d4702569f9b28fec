#include "format/csv/rejects.hpp"

#include "base/limits.hpp"
#include "format/csv/reject_writer.hpp"
#include "format/csv/walk.hpp"
#include "record/field_text.hpp"

#include <string>
#include <utility>

namespace devicebatch::format {
namespace {

using Role = CsvWalk::Role;

class RejectCopier {
 public:
  RejectCopier(TextWindow& window, const DetectedEncoding& encoding, const ReadOptions& options,
               const ByteSink& sink)
      : walk_(window, options), writer_(encoding, sink) {}

  Result<void> run(const std::function<bool(std::uint64_t line)>& is_rejected);

 private:
  Result<void> copy_row(Role role);
  Result<void> pass(bool is_copied);

  CsvWalk walk_;
  RejectWriter writer_;
  std::string leading_;  // as last written
};

bool is_row(Role role) {
  return role == Role::before_header || role == Role::prose || role == Role::data ||
         role == Role::endless_line || role == Role::unclosed_quote;
}

bool is_line(Role role) {
  return role == Role::endless_line || role == Role::unclosed_quote;
}

Result<void> RejectCopier::run(const std::function<bool(std::uint64_t line)>& is_rejected) {
  for (;;) {
    const auto role = walk_.next();
    if (!role) return fail(Error(role.error()));
    if (*role == Role::end || *role == Role::refused) break;
    const bool is_copied = is_row(*role) && is_rejected(walk_.line());
    auto done = is_copied ? copy_row(*role) : Result<void>();
    if (done && is_line(*role)) done = pass(is_copied);
    if (!done) return done;
  }
  return writer_.finish();
}

// With the header that counts for it in front, once.
Result<void> RejectCopier::copy_row(Role role) {
  const std::string leading = walk_.leading();
  if (leading != leading_) {
    auto done = writer_.write_row(leading);
    if (!done) return done;
    leading_ = leading;
  }
  return is_line(role) ? writer_.end_line() : writer_.write_row(walk_.raw());
}

Result<void> RejectCopier::pass(bool is_copied) {
  return walk_.pass_line(
      [&](std::string_view bytes) { return is_copied ? writer_.write(bytes) : Result<void>(); });
}

}  // namespace

Result<void> copy_csv_rejects(TextWindow& window, const DetectedEncoding& encoding,
                              const ReadOptions& options,
                              const std::function<bool(std::uint64_t line)>& is_rejected,
                              const ByteSink& sink) {
  return RejectCopier(window, encoding, options, sink).run(is_rejected);
}

Result<void> copy_scan_rejects(TextWindow& window, const DetectedEncoding& encoding,
                               const std::function<bool(std::uint64_t line)>& is_rejected,
                               const ByteSink& sink) {
  RejectWriter writer(encoding, sink);
  std::uint64_t line = 1;
  bool is_begun = false;
  bool is_copied = false;
  while (!window.rest().empty() || !window.is_last()) {
    const std::string_view text = window.rest();
    const LineEnd end = next_line_end(text, 0, window.is_last());
    const bool is_whole = (end.bytes != 0 && end.is_certain) || window.is_last();
    Result<void> done;
    if (!is_begun && (is_whole || end.at > limits::kRowBytes)) {
      is_begun = true;
      is_copied = !record::trim_field(text.substr(0, end.at)).empty() && is_rejected(line);
      if (is_copied) done = writer.end_line();
    }
    if (done && !is_begun) {
      done = window.refill();
    } else if (done) {
      const std::size_t size = end.at + (is_whole ? end.bytes : 0);
      if (is_copied) done = writer.write(text.substr(0, size));
      window.skip(size);
      if (is_whole) {
        is_begun = false;
        ++line;
      } else if (done) {
        done = window.refill();
      }
    }
    if (!done) return done;
  }
  return writer.finish();
}

}  // namespace devicebatch::format
