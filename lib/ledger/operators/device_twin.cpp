#include "ledger/operators/device_twin.hpp"

#include "ledger/store/device_facts.hpp"

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

record::IdentityKeys keys_of(Connection& db, const policy::DeviceFacts& facts) {
  record::Identity identity;
  identity.serial = facts.serial;
  identity.pkid = facts.pkid;
  identity.manufacturer = facts.manufacturer;
  identity.model = facts.model;
  identity.hash_digest = facts.hash_digest;
  identity.tpm = facts.tpm;
  identity.uuid = facts.uuid;
  const auto seed =
      static_cast<std::uint64_t>(db.number("SELECT value FROM meta WHERE name = 'key_seed'"));
  return record::keys_of(identity, seed);
}

class Search {
 public:
  Search(const DeviceSources& from, const RecordRow& record)
      : from_(from),
        record_(record),
        hash_(from.packs.read(record.hash)),
        facts_(facts_of(customer_of(from.db, record.submission), record, hash_)) {
    // A hash that does not parse has no identity beyond its digest.
    (void)add_hash_identity(facts_, record.hash_form, hash_);
  }

  std::optional<RecordRow> run() {
    std::vector<std::uint32_t> found;
    for (const std::uint64_t key : keys_of(from_.db, facts_)) {
      if (key != 0) from_.index.find(key, found.size() + kReadByKey, found);
    }
    std::sort(found.begin(), found.end());
    found.erase(std::unique(found.begin(), found.end()), found.end());
    for (const std::uint32_t id : found) {
      if (RecordId{id} == record_.id) continue;
      auto other = find_record(from_.db, RecordId{id});
      if (other && is_twin(*other)) return other;
    }
    return std::nullopt;
  }

 private:
  bool is_twin(const RecordRow& other) const {
    const auto progress = progress_of(other.verdict, other.is_planned);
    // One that is held for a conflict is never sent.
    if (progress == policy::Progress::gone || progress == policy::Progress::held) return false;
    const auto hash = from_.packs.read(other.hash);
    auto known = facts_of(customer_of(from_.db, other.submission), other, hash);
    (void)add_hash_identity(known, other.hash_form, hash);
    return policy::compare(facts_, known, progress).kinship != policy::Kinship::unrelated;
  }

  const DeviceSources& from_;
  const RecordRow& record_;
  std::vector<std::uint8_t> hash_;
  policy::DeviceFacts facts_;
};

}  // namespace

std::optional<RecordRow> find_twin(const DeviceSources& from, const RecordRow& record) {
  auto twin = Search(from, record).run();
  from.packs.release();
  return twin;
}

}  // namespace devicebatch::ledger
