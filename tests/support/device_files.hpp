// support/device_files.hpp - synthetic devices, hashes and files for tests, demo and benchmark.
//
// Purpose:   the same number always gives the same device, on every machine. The hash encoder is
//            written from docs/formats.md and shares no code with lib/record, so that each checks
//            the other.
// Threading: pure functions; the writers write the file they are given.
// Source:    docs/formats.md. Names and serial numbers are invented; MAC addresses have the
//            locally administered bit.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace devicebatch::support {

// What goes into a hardware hash. Every member may be changed before make_hash_text.
struct HashSpec {
  std::string serial = "CONTOSO-0000001";
  std::string manufacturer = "Contoso";
  std::string model = "Contoso Book 14";
  std::string pkid = "3305000000001";  // empty: no type 24
  // In the byte order of the hash; all zero: no type 12.
  std::array<std::uint8_t, 16> uuid{0x43, 0x4F, 0x4E, 0x54, 0x4F, 0x53, 0x4F, 0x40,
                                    0x80, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01};
  std::uint64_t tpm_seed = 1;              // 0: no TPM
  std::int64_t captured_at = 820'540'800;  // 2026-01-01T00:00:00Z, in seconds since 2000
  std::uint8_t os_type = 2;                // 1 WinPE, 2 full Windows
  bool has_network = true;
  std::size_t record_bytes = 1000;  // filled up with an opaque record; 0: as short as it gets
};

// The bytes up to and including the checksum, without zero padding.
std::vector<std::uint8_t> make_hash_bytes(const HashSpec& spec);
// 4,000 characters of base64, as a device writes them.
std::string make_hash_text(const HashSpec& spec);
// Any bytes as the service wants them: padded to 3,000, base64.
std::string hash_text_of(std::vector<std::uint8_t> bytes);

struct TestDevice {
  HashSpec spec;     // serial, manufacturer, model and PKID of the device are in it
  std::string hash;  // make_hash_text(spec)
};

// Device `number`: serial CONTOSO-0000017 for 17, a PKID of its own, one of four makers, hashes
// with 900 to 1,100 bytes of records.
HashSpec make_spec(std::uint64_t number);
TestDevice make_device(std::uint64_t number);

// The text with the character at `at` replaced by another one of the base64 alphabet.
std::string with_changed_letter(std::string text, std::size_t at);

// "ABCDE-..." of the shape of a product key, made up.
std::string_view fake_product_key();

// A file as it is kept: its product keys are asterisks.
std::string without_product_key(std::string content);

// A value as RFC 4180 wants it: quoted when it needs to be.
std::string csv_quoted(std::string_view value);
// ASCII text as UTF-16LE without a byte order mark.
std::string utf16le(std::string_view ascii);
std::string utf16be(std::string_view ascii);

// Rows `start` to `start + rows - 1` as whole file contents.
//
// As Get-WindowsAutopilotInfo writes it: UTF-16LE, byte order mark, CRLF, no quotes, empty PKID
// column.
std::string autopilot_file(std::uint64_t start, std::uint64_t rows);
// Partner Center's five columns and a group tag, UTF-8: quoted commas, hashes and tuples in turn.
std::string partner_file(std::uint64_t start, std::uint64_t rows, std::string_view group_tag);

// A file where much is wrong: 7 records, of which 2 are good (one of them twice), 4 are rejected
// and 1 is a duplicate; besides one empty line and one repeated header.
struct BadFile {
  std::string content;
  std::uint64_t rows = 7;
  std::uint64_t rejected =
      4;  // a damaged hash, a serial of another device, a product key, a filler
  std::uint64_t duplicates = 1;
  std::uint64_t blank_lines = 1;
  std::uint64_t repeated_headers = 1;
};
BadFile bad_file(std::uint64_t start);

// One row under a header, UTF-8.
std::string single_file(std::uint64_t number);

// `rows` rows of full hashes in UTF-8, LF, family A, written in pieces: any size fits in memory.
enum class BulkForm { csv, json_lines };
void write_bulk_file(const std::filesystem::path& path, std::uint64_t start, std::uint64_t rows,
                     BulkForm form = BulkForm::csv);

}  // namespace devicebatch::support
