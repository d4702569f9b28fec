// format/submission_reader.hpp - a file's bytes to checked records, whatever the dialect.
//
// Purpose:   decode by BOM, find the header, split rows, judge each by the RowChecker, hand on
//            batches.
// Lifecycle: one call for one file. Batches arrive in the order of the lines.
// Threading: runs on the caller's thread; calls `sink` there.
// Units:     memory is bounded by limits::kWindowBytes and limits::kRowBytes, whatever the file.
// Errors:    Errc of the source or the sink, handed through. A file that cannot be understood is
//            not an error: it is FileReport::refusal.
// Source:    docs/formats.md.
#pragma once

#include "base/limits.hpp"
#include "format/byte_source.hpp"
#include "format/header.hpp"
#include "record/row_checker.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace devicebatch::format {

using BatchSink = std::function<Result<void>(std::unique_ptr<record::RecordBatch>)>;

struct ReadOptions {
  // Rows up to and including this physical line are read but not handed on: they are stored
  // already.
  std::uint64_t resume_after_line = 0;

  // CSV. `,` `;` TAB or `|`; 0 finds it in the header.
  char separator = 0;
  // An iconv name such as "GBK" for rows that are not valid UTF-8; empty: such rows are refused.
  std::string fallback_charset = {};
  // What the fields of files without a header mean; empty: only a hash that verifies in the third
  // field of the first row proves it.
  std::vector<Column> columns = {};
  // Scanner stations: an RE2 expression with some of the named groups serial, pkid, manufacturer
  // and model; every line is one record. Empty: the file is what its content says.
  std::string scan_pattern = {};

  // XML. Take exports that hold product keys, without the keys; they are refused otherwise.
  bool extract_key_exports = false;
  // XML. The keys were masked: an export of them is a secret only where one is still seen.
  bool is_masked = false;

  // Compressed files.
  std::uint64_t most_inflated_bytes = limits::kInflatedBytes;
  std::uint64_t most_inflation = limits::kInflation;
  std::uint64_t most_inflated_rows = limits::kInflatedRows;
};

struct FileReport {
  std::string encoding;     // "utf-8", "utf-8-bom", "utf-16le", "utf-16be"
  std::string dialect;      // "csv", with the header family: "csv family D"
  std::uint64_t rows = 0;   // handed on or skipped by resume_after_line
  std::uint64_t lines = 0;  // physical lines
  std::uint64_t blank_lines = 0;
  std::uint64_t repeated_headers = 0;
  std::vector<record::Finding> warnings;  // about the file as a whole
  // The file as a whole cannot be taken. Batches that were handed on before are void.
  std::optional<record::Finding> refusal;
  // A 25-character product key was seen anywhere: archive the file redacted, or not at all.
  bool holds_secret = false;
};

Result<FileReport> read_submission(ByteSource& source, const record::RowChecker& checker,
                                   const ReadOptions& options, const BatchSink& sink);

// Does the file look as if its writer were done? `head` and `tail` are its first and last bytes (up
// to 8 KiB for the head and 16 KiB for the tail; they may overlap).
enum class Completeness {
  complete,     // ends in a line break, or its last row verifies; or is refused whatever comes
  cut_off,      // the last row stops in the middle
  zero_filled,  // ends in zero bytes that no text has
};
Completeness judge_completeness(std::string_view head, std::string_view tail,
                                const ReadOptions& options = {});

}  // namespace devicebatch::format
