#include "format/other_dialects.hpp"

#include "format/json/mismatch_data.hpp"
#include "format/json/reader.hpp"
#include "format/secret_watch.hpp"
#include "format/xml/lookalikes.hpp"
#include "format/xml/reader.hpp"

#include <algorithm>

namespace devicebatch::format {
namespace {

char first_letter(std::string_view text) {
  const auto found = std::find_if_not(text.begin(), text.end(), is_json_blank);
  return found == text.end() ? ' ' : *found;
}

// Base64 around JSON: the numbers of its lines mean nothing, but it has one record only.
Result<void> read_inside(std::string_view json, const record::RowChecker& checker,
                         const ReadOptions& options, const BatchSink& sink, FileReport& report) {
  MemorySource source(json);
  TextWindow window(source);
  const auto detected = window.start();
  if (!detected) return fail(Error(detected.error()));
  return JsonReader(window, checker, options, sink, report).run();
}

Result<void> refuse_lookalike(TextWindow& window, record::Code code, FileReport& report) {
  report.refusal = record::make_finding(code);
  report.dialect = code == record::Code::file_oa3_binary ? "oa3 binary" : "oa3 log";
  SecretWatch watch;
  auto seen = watch.look_at_rest(window);
  report.holds_secret = watch.has_seen();
  return seen;
}

Result<bool> taken(Result<void> done) {
  if (!done) return fail(std::move(done.error()));
  return true;
}

}  // namespace

Result<bool> read_other_dialect(TextWindow& window, const record::RowChecker& checker,
                                const ReadOptions& options, const BatchSink& sink,
                                FileReport& report) {
  const char first = first_letter(window.rest());
  if (first == '{' || first == '[') {
    return taken(JsonReader(window, checker, options, sink, report).run());
  }
  if (first == '<') return taken(XmlReader(window, checker, options, sink, report).run());
  if (const auto code = find_oa3_lookalike(window.rest())) {
    return taken(refuse_lookalike(window, *code, report));
  }
  if (!window.is_last()) return false;
  const auto json = decode_mismatch_data(window.rest());
  return json ? taken(read_inside(*json, checker, options, sink, report)) : Result<bool>(false);
}

}  // namespace devicebatch::format
