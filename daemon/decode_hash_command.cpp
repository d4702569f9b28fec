#include "daemon/decode_hash_command.hpp"

#include "base/clock.hpp"
#include "base/hex.hpp"
#include "base/text.hpp"
#include "daemon/exit_codes.hpp"
#include "record/finding_codes.hpp"
#include "record/hardware_hash.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <cstdio>
#include <iostream>
#include <iterator>

namespace devicebatch::daemon {
namespace {

namespace json = boost::json;

std::string captured_text(std::int64_t seconds_since_2000) {
  constexpr std::chrono::sys_days kEpoch2000{std::chrono::year(2000) / 1 / 1};
  return format_utc(kEpoch2000 + std::chrono::seconds(seconds_since_2000));
}

std::string version_text(const std::uint16_t (&build)[4]) {
  return std::to_string(build[1]) + "." + std::to_string(build[0]) + "." +
         std::to_string(build[3]) + "." + std::to_string(build[2]);
}

json::object describe(const record::HardwareHash& hash) {
  json::object object;
  object["serial"] = printable(hash.serial);
  object["manufacturer"] = printable(hash.manufacturer);
  object["model"] = printable(hash.model);
  object["pkid"] = printable(hash.pkid);
  object["captured_utc"] = captured_text(hash.captured_at);
  object["os_type"] = hash.os_type == 1 ? "WinPE" : hash.os_type == 2 ? "full OS" : "unknown";
  object["os_build"] = version_text(hash.os_build);
  object["tool_build"] = version_text(hash.tool_build);
  if (hash.uuid) object["smbios_uuid_bytes"] = to_hex(*hash.uuid);
  if (hash.tpm) object["tpm_key_sha256"] = to_hex(*hash.tpm);
  object["has_tpm_key"] = hash.has_tpm_key;
  object["has_network"] = hash.has_network;
  object["sha256"] = to_hex(hash.digest);
  object["bytes"] = hash.canonical.size();
  json::array records;
  for (const record::HashRecord& part : record::records_of(hash)) {
    json::object entry;
    entry["type"] = part.type;
    entry["bytes"] = part.payload.size();
    records.push_back(std::move(entry));
  }
  object["records"] = std::move(records);
  return object;
}

}  // namespace

int decode_hash_command(const std::string& text, bool json_output) {
  const std::string input =
      text == "-" ? std::string(std::istreambuf_iterator<char>(std::cin), {}) : text;
  std::vector<std::uint8_t> storage;
  const auto hash = record::decode_hardware_hash(input, storage);
  if (!hash) {
    const record::Finding finding = record::make_finding(record::code_of(hash.error()));
    std::fprintf(stderr, "devicebatchd: %s [%s] %s\n", finding.reason.c_str(),
                 std::string(finding.code).c_str(), std::string(finding.fix).c_str());
    return kFailed;
  }
  const json::object description = describe(*hash);
  if (json_output) {
    std::printf("%s\n", json::serialize(description).c_str());
    return kOk;
  }
  for (const auto& member : description) {
    if (member.value().is_array()) continue;
    const std::string value = member.value().is_string() ? std::string(member.value().get_string())
                                                         : json::serialize(member.value());
    std::printf("%-18s %s\n", std::string(member.key()).c_str(), value.c_str());
  }
  return kOk;
}

}  // namespace devicebatch::daemon
