#include "support/device_files.hpp"

#include "base/check.hpp"
#include "base/random.hpp"

#include <algorithm>
#include <cstdio>
#include <fstream>

namespace devicebatch::support {
namespace {

constexpr std::string_view kFamilyA = "Device Serial Number,Windows Product ID,Hardware Hash";
constexpr std::string_view kFamilyE =
    "Device Serial Number,Windows Product ID,Hardware Hash,Manufacturer name,Device model,Group "
    "Tag";

struct Maker {
  std::string_view manufacturer;
  std::string_view model;
};
// Real firmware has commas in both, so the invented makers do too.
constexpr Maker kMakers[] = {
    {"Contoso", "Contoso Book 14"},
    {"Fabrikam, Inc.", "Fabrikam Slate 7"},
    {"Litware", "Litware Station (Q3 + R9, 2026)"},
    {"Adventure Works", "AW-5530"},
};

std::string numbered(std::string_view prefix, std::uint64_t number, int digits) {
  std::string text = std::to_string(number);
  const auto width = static_cast<std::size_t>(digits);
  if (text.size() < width) text.insert(0, width - text.size(), '0');
  return text.insert(0, prefix);
}

std::array<std::uint8_t, 16> uuid_of(std::uint64_t number) {
  SeededRandom random(number ^ 0x55554944);
  std::array<std::uint8_t, 16> uuid{};
  std::uint64_t bits = 0;
  for (std::size_t at = 0; at < uuid.size(); ++at) {
    if (at % 8 == 0) bits = random.next();
    uuid[at] = static_cast<std::uint8_t>(bits >> (8 * (at % 8)));
  }
  return uuid;
}

std::string joined(std::initializer_list<std::string_view> fields) {
  std::string line;
  for (std::string_view field : fields) line.append(field).push_back(',');
  line.pop_back();
  return line;
}

std::string utf16(std::string_view ascii, bool is_little) {
  std::string wide;
  wide.reserve(ascii.size() * 2);
  for (const char c : ascii) {
    wide.push_back(is_little ? c : '\0');
    wide.push_back(is_little ? '\0' : c);
  }
  return wide;
}

}  // namespace

HashSpec make_spec(std::uint64_t number) {
  const Maker& maker = kMakers[number % std::size(kMakers)];
  HashSpec spec;
  spec.serial = numbered("CONTOSO-", number, 7);
  spec.manufacturer = maker.manufacturer;
  spec.model = maker.model;
  spec.pkid = numbered("3305", number % 1'000'000'000, 9);
  spec.uuid = uuid_of(number);
  spec.tpm_seed = number + 1'000'000'007;
  spec.captured_at = 820'540'800 + static_cast<std::int64_t>(number % 10'000'000);
  spec.record_bytes = 900 + number * 7919 % 201;
  return spec;
}

TestDevice make_device(std::uint64_t number) {
  TestDevice device{make_spec(number), {}};
  device.hash = make_hash_text(device.spec);
  return device;
}

std::string_view fake_product_key() {
  return "BCDFG-HJKMP-QRTVW-XY234-6789B";
}

std::string without_product_key(std::string content) {
  const std::string_view key = fake_product_key();
  for (std::size_t at = 0; (at = content.find(key, at)) != std::string::npos; at += key.size()) {
    content.replace(at, key.size(), "*****-*****-*****-*****-*****");
  }
  return content;
}

std::string csv_quoted(std::string_view value) {
  if (value.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(value);
  std::string quoted = "\"";
  for (const char c : value) {
    if (c == '"') quoted.push_back('"');
    quoted.push_back(c);
  }
  return quoted + '"';
}

std::string utf16le(std::string_view ascii) {
  return utf16(ascii, true);
}
std::string utf16be(std::string_view ascii) {
  return utf16(ascii, false);
}

std::string autopilot_file(std::uint64_t start, std::uint64_t rows) {
  std::string text = std::string(kFamilyA) + "\r\n";
  for (std::uint64_t number = start; number < start + rows; ++number) {
    const TestDevice device = make_device(number);
    text += joined({device.spec.serial, "", device.hash}) + "\r\n";
  }
  return "\xFF\xFE" + utf16le(text);
}

std::string partner_file(std::uint64_t start, std::uint64_t rows, std::string_view group_tag) {
  std::string text = std::string(kFamilyE) + "\n";
  for (std::uint64_t number = start; number < start + rows; ++number) {
    const TestDevice device = make_device(number);
    const bool is_tuple = number % 2 == 1;
    text += joined({device.spec.serial, is_tuple ? "" : device.spec.pkid,
                    is_tuple ? "" : device.hash, csv_quoted(device.spec.manufacturer),
                    csv_quoted(device.spec.model), csv_quoted(group_tag)}) +
            "\n";
  }
  return text;
}

BadFile bad_file(std::uint64_t start) {
  const TestDevice good = make_device(start);
  const TestDevice other = make_device(start + 1);
  const TestDevice damaged = make_device(start + 2);
  const TestDevice mixed_up = make_device(start + 3);
  const TestDevice with_key = make_device(start + 4);
  HashSpec filler = make_spec(start + 5);
  filler.serial = "To be filled by O.E.M.";
  const std::string lines[] = {
      std::string(kFamilyA),
      joined({good.spec.serial, "", good.hash}),
      joined({damaged.spec.serial, "", with_changed_letter(damaged.hash, 700)}),
      joined({"CONTOSO-OTHER", "", mixed_up.hash}),
      "",
      joined({with_key.spec.serial, fake_product_key(), with_key.hash}),
      joined({filler.serial, "", make_hash_text(filler)}),
      std::string(kFamilyA),
      joined({good.spec.serial, "", good.hash}),
      joined({other.spec.serial, other.spec.pkid, other.hash}),
  };
  BadFile file;
  for (const std::string& line : lines) file.content += line + "\r\n";
  return file;
}

std::string single_file(std::uint64_t number) {
  const TestDevice device = make_device(number);
  return std::string(kFamilyA) + "\r\n" + joined({device.spec.serial, "", device.hash}) + "\r\n";
}

void write_bulk_file(const std::filesystem::path& path, std::uint64_t start, std::uint64_t rows,
                     BulkForm form) {
  constexpr std::size_t kPiece = std::size_t{1} << 20;
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  const bool is_json = form == BulkForm::json_lines;
  std::string piece = is_json ? std::string() : std::string(kFamilyA) + "\n";
  const auto write_piece = [&] {
    file.write(piece.data(), static_cast<std::streamsize>(piece.size()));
    piece.clear();
  };
  for (std::uint64_t number = start; number < start + rows; ++number) {
    const TestDevice device = make_device(number);
    piece.append(is_json ? R"({"serialNumber":")" : "").append(device.spec.serial);
    piece.append(is_json ? R"(","productKey":")" : ",").append(device.spec.pkid);
    piece.append(is_json ? R"(","hardwareHash":")" : ",").append(device.hash);
    piece.append(is_json ? "\"}\n" : "\n");
    if (piece.size() >= kPiece) write_piece();
  }
  write_piece();
  file.close();
  DEVICEBATCH_CHECK(file.good());
}

}  // namespace devicebatch::support
