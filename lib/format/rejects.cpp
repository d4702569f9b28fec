#include "format/rejects.hpp"

#include "base/text.hpp"
#include "format/csv/rejects.hpp"
#include "format/json/rejects.hpp"
#include "format/packed/file_kind.hpp"
#include "format/packed/gzip_source.hpp"
#include "format/packed/head_source.hpp"
#include "format/text_window.hpp"
#include "format/xml/rejects.hpp"

namespace devicebatch::format {
namespace {

using IsRejected = std::function<bool(std::uint64_t line)>;

Result<void> copy_text_rejects(ByteSource& source, const ReadOptions& options,
                               const IsRejected& is_rejected, const ByteSink& sink) {
  TextWindow window(source);
  const auto detected = window.start();
  if (!detected) return fail(Error(detected.error()));
  if (detected->encoding == Encoding::unknown) return {};
  if (!options.scan_pattern.empty()) {
    return copy_scan_rejects(window, *detected, is_rejected, sink);
  }
  const std::string_view text = trim(window.rest());
  if (text.starts_with('{') || text.starts_with('[')) {
    return copy_json_rejects(window, is_rejected, sink);
  }
  if (text.starts_with('<')) return copy_xml_rejects(window, options, is_rejected, sink);
  return copy_csv_rejects(window, *detected, options, is_rejected, sink);
}

}  // namespace

Result<void> copy_rejects(ByteSource& source, const ReadOptions& options,
                          const IsRejected& is_rejected, const ByteSink& sink) {
  HeadSource whole(source);
  const auto head = whole.head(kKindProbeBytes);
  if (!head) return fail(Error(head.error()));
  if (!packed_kind(*head).empty()) return {};
  if (!is_gzip(*head)) return copy_text_rejects(whole, options, is_rejected, sink);
  GzipSource inflated(whole, {options.most_inflated_bytes, options.most_inflation});
  return copy_text_rejects(inflated, options, is_rejected, sink);
}

}  // namespace devicebatch::format
