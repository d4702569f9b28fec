#include "daemon/operator/batch_comparison.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <functional>

namespace devicebatch::daemon {
namespace {

std::uint64_t hash_of(std::string_view text) {
  return std::hash<std::string_view>()(text);
}

}  // namespace

Result<void> BatchComparison::saw(ListedDevice device) {
  if (listed_.size() >= entries_max_) {
    return fail(Errc::rejected, "the batch has more than " + std::to_string(entries_max_) +
                                    " devices: too many to compare at once");
  }
  device.id = to_lower(device.id);
  const auto place = static_cast<std::uint32_t>(listed_.size());
  if (!device.id.empty()) by_id_.emplace_back(hash_of(device.id), place);
  if (!device.serial.empty()) by_serial_.emplace_back(hash_of(device.serial), place);
  if (!device.pkid.empty()) by_pkid_.emplace_back(hash_of(device.pkid), place);
  listed_.push_back(std::move(device));
  return {};
}

void BatchComparison::sort_indexes() {
  for (Index* index : {&by_id_, &by_serial_, &by_pkid_}) std::ranges::sort(*index);
  is_known_.assign(listed_.size(), false);
  is_sorted_ = true;
}

// One that no record has claimed yet, else any.
std::optional<std::uint32_t> BatchComparison::find(const Index& index,
                                                   std::string ListedDevice::*member,
                                                   std::string_view text) const {
  std::optional<std::uint32_t> found;
  if (text.empty()) return found;
  const std::uint64_t hash = hash_of(text);
  auto at = std::ranges::lower_bound(index, std::pair<std::uint64_t, std::uint32_t>(hash, 0));
  for (; at != index.end() && at->first == hash; ++at) {
    if (listed_[at->second].*member != text) continue;
    found = at->second;
    if (!is_known_[*found]) break;
  }
  return found;
}

std::optional<std::uint32_t> BatchComparison::match(const KnownRecord& record) const {
  const std::string id = to_lower(record.device_id);
  if (const auto by_id = find(by_id_, &ListedDevice::id, id)) return by_id;
  if (const auto by_serial = find(by_serial_, &ListedDevice::serial, record.serial)) {
    return by_serial;
  }
  const auto by_pkid = find(by_pkid_, &ListedDevice::pkid, record.pkid);
  // Another serial number is another device, whatever was typed as its PKID.
  if (!by_pkid || record.serial.empty() || listed_[*by_pkid].serial.empty()) return by_pkid;
  return std::nullopt;
}

Result<void> BatchComparison::knows(KnownRecord record) {
  if (!is_sorted_) sort_indexes();
  if (const auto place = match(record)) {
    if (!is_known_[*place]) ++in_both_;
    is_known_[*place] = true;
    return {};
  }
  if (only_in_ledger_.size() >= entries_max_) {
    return fail(Errc::rejected, "more than " + std::to_string(entries_max_) +
                                    " records are not on the service: is it the right batch?");
  }
  only_in_ledger_.push_back(std::move(record));
  return {};
}

std::vector<ListedDevice> BatchComparison::only_on_service() const {
  std::vector<ListedDevice> only;
  for (std::size_t at = 0; at < listed_.size(); ++at) {
    if (!is_sorted_ || !is_known_[at]) only.push_back(listed_[at]);
  }
  return only;
}

}  // namespace devicebatch::daemon
