#include "flow/look_flow.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace devicebatch::flow {
namespace {

std::string folded(std::string_view text) {
  return to_lower(trim(text));
}

// Two devices of one serial are told apart by their PKIDs, where both are known.
bool contradicts(const std::string& one, const std::string& other) {
  return !one.empty() && !other.empty() && !equals_ignoring_case(trim(one), trim(other));
}

bool is_knowable(const Sought& device) {
  return !device.serial.empty() || !device.pkid.empty() || !device.device_id.empty();
}

UtcTime next_look(const LookContext& context, const LookRules& rules, UtcTime now) {
  const int doublings = std::clamp(context.looks, 0, 16);
  const auto interval = std::min(rules.first * (1 << doublings), rules.wait);
  const UtcTime last = context.unknown_since + rules.wait;
  return std::max(std::min(now + interval, last), now + std::chrono::milliseconds(1));
}

}  // namespace

void BatchSearch::seek(ChunkId chunk, Sought device) {
  const std::size_t at = entries_.size();
  by_chunk_.emplace(chunk, at);
  if (!device.serial.empty()) by_serial_.emplace(folded(device.serial), at);
  if (!device.pkid.empty()) by_pkid_.emplace(folded(device.pkid), at);
  if (!device.device_id.empty()) by_id_.emplace(folded(device.device_id), at);
  Entry entry;
  entry.device = std::move(device);
  entries_.push_back(std::move(entry));
}

void BatchSearch::mark(const Keys& keys, const std::string& key, const ListedDevice& device) {
  const auto [begin, end] = keys.equal_range(key);
  for (auto at = begin; at != end; ++at) {
    Entry& entry = entries_[at->second];
    const bool is_other = contradicts(entry.device.serial, device.serial) ||
                          contradicts(entry.device.pkid, device.pkid);
    if (entry.is_listed || is_other) continue;
    entry.is_listed = true;
    entry.listed_id = printable(device.id, 64);
  }
}

void BatchSearch::saw(const ListedDevice& device) {
  if (!device.id.empty()) mark(by_id_, folded(device.id), device);
  if (!device.serial.empty()) mark(by_serial_, folded(device.serial), device);
  if (!device.pkid.empty()) mark(by_pkid_, folded(device.pkid), device);
}

LookResult BatchSearch::judge(ChunkId chunk, const LookContext& context, const LookRules& rules,
                              UtcTime now) const {
  LookResult result;
  const bool is_last = context.is_complete && now - context.unknown_since >= rules.wait;
  const auto [begin, end] = by_chunk_.equal_range(chunk);
  for (auto at = begin; at != end; ++at) {
    const Entry& entry = entries_[at->second];
    if (entry.is_listed) {
      SettledDevice device;
      device.record = entry.device.record;
      device.verdict = Verdict::registered;
      device.device_id = entry.listed_id;
      result.settled.push_back(std::move(device));
    } else if (!is_last) {
      result.unanswered.push_back(entry.device.record);
    } else if (is_knowable(entry.device)) {
      result.again.push_back(entry.device.record);
    } else {
      result.unknowable.push_back(entry.device.record);
    }
  }
  if (!result.unanswered.empty()) result.next_look = next_look(context, rules, now);
  return result;
}

}  // namespace devicebatch::flow
