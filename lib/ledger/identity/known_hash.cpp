#include "ledger/identity/known_hash.hpp"

#include "ledger/identity/device_facts.hpp"

namespace devicebatch::ledger {
namespace {

// A device that is captured every day has more; the newest of them are enough.
constexpr std::int64_t kRelatives = 20;

class Search {
 public:
  Search(PackStore& packs, const policy::DeviceFacts& incoming)
      : packs_(packs), incoming_(incoming) {}

  void consider(RecordRow record) {
    if (record.hash_form != record::HashForm::canonical || is_contradicted_) return;
    // A person, or the checks of the row, found that it is wrong or doubtful.
    if (record.verdict == Verdict::rejected || record.verdict == Verdict::conflict) return;
    KnownHash candidate{std::move(record), {}};
    candidate.hash = packs_.read(candidate.record.hash);
    const auto facts = whole_facts(candidate);
    if (!policy::is_same_device(incoming_, facts) || !agrees(facts)) return;
    if (best_ && !policy::is_same_device(whole_facts(*best_), facts)) is_contradicted_ = true;
    if (best_ && best_->record.captured >= candidate.record.captured) return;
    best_ = std::move(candidate);
  }

  std::optional<KnownHash> result() && {
    if (is_contradicted_) return std::nullopt;
    return std::move(best_);
  }

 private:
  // A row that spells its names in another way than the hash would be refused beside it.
  bool agrees(const policy::DeviceFacts& facts) const {
    const auto fits = [](std::string_view row, std::string_view hash) {
      return row.empty() || row == hash;
    };
    return fits(incoming_.serial, facts.serial) &&
           fits(incoming_.manufacturer, facts.manufacturer) && fits(incoming_.model, facts.model);
  }
  policy::DeviceFacts whole_facts(const KnownHash& known) const {
    auto facts = facts_of(incoming_.customer, known.record, known.hash);
    // A hash that does not parse has no identity beyond its digest.
    (void)add_hash_identity(facts, known.record.hash_form, known.hash);
    return facts;
  }

  PackStore& packs_;
  const policy::DeviceFacts& incoming_;
  std::optional<KnownHash> best_;
  bool is_contradicted_ = false;
};

}  // namespace

std::optional<KnownHash> find_known_hash(Connection& db, PackStore& packs,
                                         const policy::DeviceFacts& incoming,
                                         std::span<const RecordRow> known) {
  Search search(packs, incoming);
  for (const RecordRow& record : known) {
    search.consider(record);
    auto rows = db.query("SELECT " DEVICEBATCH_RECORD_COLUMNS
                         " FROM record WHERE first_record = ? AND first_record IS NOT NULL"
                         " ORDER BY id DESC LIMIT ?",
                         record.id.value, kRelatives);
    while (rows.step()) search.consider(read_record_row(rows));
  }
  return std::move(search).result();
}

}  // namespace devicebatch::ledger
