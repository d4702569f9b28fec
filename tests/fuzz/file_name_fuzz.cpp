// Any bytes as the name of a dropped file: every name made from it is one file of one folder, fits,
// and keeps what tells it apart.
#include "base/check.hpp"
#include "base/text.hpp"
#include "spool/names.hpp"
#include "spool/readiness.hpp"

#include <cstdint>

namespace {

using namespace devicebatch::spool;

constexpr std::string_view kUuid = "01234567-89ab-7cde-8f01-23456789abcd";

void check_receipts(std::string_view name) {
  for (std::string_view suffix : {kAckSuffix, kResultCsvSuffix, kResultJsonSuffix}) {
    const std::string receipt = receipt_name(name, suffix);
    DEVICEBATCH_CHECK(is_plain_name(receipt) && receipt.ends_with(suffix));
  }
  // What we write is never taken for input.
  DEVICEBATCH_CHECK(is_ignored_name(receipt_name(name, kResultCsvSuffix)));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view name(reinterpret_cast<const char*>(data), size);
  (void)is_ignored_name(name);
  const std::string shown = devicebatch::printable(name);
  DEVICEBATCH_CHECK(shown.find('\n') == std::string::npos);
  if (!is_plain_name(name)) return 0;
  DEVICEBATCH_CHECK(fit_name(name) == name);
  const std::string shorter = fit_name(name, 64);
  DEVICEBATCH_CHECK(is_plain_name(shorter) && shorter.size() <= 64);
  const std::string claim = claim_name_for(kUuid, name);
  DEVICEBATCH_CHECK(is_plain_name(claim) && claim.starts_with(kUuid));
  const std::string tag = archive_tag(kUuid);
  const std::string tagged = tagged_name(name, tag);
  DEVICEBATCH_CHECK(is_plain_name(tagged) && tagged.find(tag) != std::string::npos);
  check_receipts(name);
  return 0;
}
