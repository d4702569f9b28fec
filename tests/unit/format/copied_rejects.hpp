// unit/format/copied_rejects.hpp - the rows of a file that come back.
#pragma once

#include "format/rejects.hpp"

#include "unit/format/reading.hpp"
#include <catch2/catch.hpp>

#include <cstdint>
#include <set>
#include <string>

namespace devicebatch::format {

using Lines = std::set<std::uint64_t>;

// What the reader itself rejects.
inline Lines rejected_lines(const Reading& reading) {
  Lines lines;
  for (const ReadRow& row : reading.rows) {
    if (row.is_rejected) lines.insert(row.line);
  }
  return lines;
}

inline std::string rejects_of(ByteSource& source, const Lines& lines,
                              const ReadOptions& options = {}) {
  std::string bytes;
  std::uint64_t last = 0;
  const auto is_rejected = [&](std::uint64_t line) {
    CHECK(line > last);
    last = line;
    return lines.count(line) != 0;
  };
  REQUIRE(copy_rejects(source, options, is_rejected, [&](std::string_view piece) -> Result<void> {
    CHECK_FALSE(piece.empty());
    bytes += piece;
    return {};
  }));
  return bytes;
}

// The same in one piece and in small ones.
inline std::string rejects_of(std::string_view file, const Lines& lines,
                              const ReadOptions& options = {}) {
  MemorySource source(file);
  const std::string whole = rejects_of(source, lines, options);
  SlowSource pieces(file, 7);
  CHECK(rejects_of(pieces, lines, options) == whole);
  return whole;
}

// The rows that reading the file rejects.
inline std::string own_rejects_of(std::string_view file, const ReadOptions& options = {}) {
  return rejects_of(file, rejected_lines(read_text(file, options)), options);
}

}  // namespace devicebatch::format
