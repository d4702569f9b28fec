#include "ledger/operators/device_twin.hpp"

#include "ledger/identity/device_facts.hpp"
#include "ledger/identity/progress.hpp"

#include <algorithm>

namespace devicebatch::ledger {
namespace {

// A serial number can be shared by many; the newest of them speak for all.
constexpr std::size_t kReadByKey = 256;

Uuid customer_of(Connection& db, SubmissionId submission) {
  auto row = db.query(
      "SELECT d.customer FROM submission s JOIN destination d ON d.id = s.destination"
      " WHERE s.id = ?",
      submission.value);
  return row.step() ? row.uuid(0) : Uuid();
}

std::vector<std::uint32_t> records_with_a_key_of(const DeviceSources& from,
                                                 const KnownDevice& device) {
  const auto seed =
      static_cast<std::uint64_t>(from.db.number("SELECT value FROM meta WHERE name = 'key_seed'"));
  std::vector<std::uint32_t> found;
  for (const std::uint64_t key : device.keys(seed)) {
    if (key != 0) from.index.find(key, found.size() + kReadByKey, found);
  }
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

}  // namespace

policy::DeviceFacts KnownDevice::facts() const {
  auto facts = facts_of(customer, record, hash);
  // A hash that does not parse has no identity beyond its digest.
  (void)add_hash_identity(facts, record.hash_form, hash);
  return facts;
}

record::IdentityKeys KnownDevice::keys(std::uint64_t seed) const {
  return keys_of(facts(), {record.manufacturer, record.model}, seed);
}

KnownDevice device_of(const DeviceSources& from, RecordRow record) {
  KnownDevice device;
  device.customer = customer_of(from.db, record.submission);
  device.hash = from.packs.read(record.hash);
  device.record = std::move(record);
  return device;
}

std::vector<Relative> find_relatives(const DeviceSources& from, const KnownDevice& device) {
  const policy::DeviceFacts facts = device.facts();
  ProgressReader progress(from.db);
  std::vector<Relative> relatives;
  for (const std::uint32_t id : records_with_a_key_of(from, device)) {
    if (RecordId{id} == device.record.id) continue;
    auto other = find_record(from.db, RecordId{id});
    if (!other) continue;
    Relative& relative = relatives.emplace_back();
    relative.device = device_of(from, std::move(*other));
    relative.progress = progress.of(relative.device.record);
    relative.decision = policy::compare(facts, relative.device.facts(), relative.progress);
  }
  from.packs.release();
  return relatives;
}

// One that is held for a conflict is never sent.
bool is_twin(const Relative& relative) {
  if (relative.progress == policy::Progress::gone) return false;
  if (relative.progress == policy::Progress::held) return false;
  return relative.decision.kinship != policy::Kinship::unrelated;
}

}  // namespace devicebatch::ledger
