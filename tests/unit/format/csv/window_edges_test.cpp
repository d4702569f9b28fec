// Where a window ends must not show: the same rows behind more or fewer blanks give the same
// answers. What stands in the file is whatever rows of merged, damaged and hostile files look like.
#include "base/limits.hpp"
#include "base/random.hpp"

#include "unit/format/reading.hpp"
#include <catch2/catch.hpp>

using namespace devicebatch;
using namespace devicebatch::format;

namespace {

const std::string kHeader = "Device Serial Number,Windows Product ID,Hardware Hash\n";

std::string wrapped_row(std::uint64_t number) {
  const auto device = support::make_device(number);
  std::string text = device.spec.serial + ",,";
  for (std::size_t at = 0; at < device.hash.size(); at += 100) {
    text.append(device.hash, at, 100).append("\n");
  }
  return text;
}

std::string row_of(Random& random) {
  const auto bits = random.next();
  const auto device = support::make_device(bits % 5);
  const std::size_t size = bits / 64 % 120'000;
  switch (bits % 20) {
    case 0:
      return wrapped_row(bits % 5);
    case 1:
      return "CT-1,," + device.hash.substr(0, 60 + bits / 64 % 900) + "\n";
    case 2:
      return "\"a\nb\r\nc\",,\"" + device.hash + "\"\r\n";
    case 3:
      return kHeader;
    case 4:
      return "\xEF\xBB\xBF" + kHeader;
    case 5:
      return ",3305000000001,\xEF\xBB\xBF" + kHeader;
    case 6:
      return ",3305000000001,\xFF\xC3\r\n";
    case 7:
      return "\xFF\xFE" + support::utf16le(kHeader + ",3305000000002,\r\n") + "\xEF\xBB\xBF";
    case 8:
      return support::utf16le("CT-5,3305000000002,wide\n") + ",3305000000003,plain text\n";
    case 9:
      return repeated('x', size) + "\n";
    case 10:
      return "," + repeated(' ', size) + "3305000000001,\r\n";
    case 11:
      return repeated(',', bits / 64 % 3000) + "\r";
    case 12:
      return bits / 64 % 8 == 0 ? "\"open\n" : "\"closed\n\"\n";
    default:
      return device.spec.serial + ",," + device.hash + (bits / 64 % 2 == 0 ? "\r\n" : "\n");
  }
}

std::string answers_of(const Reading& reading, std::uint64_t lines_before) {
  std::string text;
  for (const ReadRow& row : reading.rows) {
    text += std::to_string(row.line - lines_before) + ' ' + row.serial + ' ' + row.codes + '\n';
  }
  return text + std::to_string(reading.report.lines - lines_before);
}

}  // namespace

TEST_CASE("where a window ends does not show in what is read") {
  SeededRandom random(42);
  for (int round = 0; round < 4; ++round) {
    std::string body;
    while (body.size() < 2'600'000) body += row_of(random);
    const std::string expected = answers_of(read_text(kHeader + "\n" + body), 0);
    for (int shift = 0; shift < 5; ++shift) {
      const std::string blanks = repeated(' ', random.next() % 90'000) + "\n";
      const Reading moved = read_text(kHeader + blanks + body);
      CHECK((answers_of(moved, 0) == expected));
    }
  }
}
