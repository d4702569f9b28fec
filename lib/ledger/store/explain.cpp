#include "base/text.hpp"
#include "ledger/store/delivery_store.hpp"
#include "ledger/store/receipt_store.hpp"
#include "ledger/store/report_store.hpp"
#include "ledger/store/story.hpp"
#include "record/hardware_hash.hpp"

#include <algorithm>
#include <charconv>

namespace devicebatch::ledger {
namespace {

constexpr std::size_t kMostRecords = 50;
constexpr std::size_t kMostSubmissions = 20;
// A hash text is thousands of characters long; no serial, name or id is.
constexpr std::size_t kShortestHash = 200;

// Answers one query by trying what it can be, the exact kinds first.
class Explainer {
 public:
  Explainer(Connection& db, IdentityIndex& index, std::uint64_t seed, std::string_view asked)
      : db_(db), index_(index), seed_(seed), asked_(asked), receipts_(db) {
    story_.asked = printable(asked, kShortestHash);
  }

  Story run() {
    if (by_chunk_number() || by_uuid() || by_hash() || by_key(record::KeyKind::serial, "serial") ||
        by_key(record::KeyKind::pkid, "PKID") || by_file_name()) {
      return std::move(story_);
    }
    return std::move(story_);
  }

 private:
  bool by_chunk_number() {
    constexpr std::string_view kPrefix = "chunk:";
    if (!asked_.starts_with(kPrefix)) return false;
    std::int64_t number = 0;
    const std::string_view digits = asked_.substr(kPrefix.size());
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (error != std::errc() || end != digits.data() + digits.size()) return false;
    return add_chunks(
        db_.query("SELECT " DEVICEBATCH_CHUNK_COLUMNS " FROM chunk WHERE id = ?", number), "chunk");
  }

  bool by_uuid() {
    const auto uuid = Uuid::parse(asked_);
    if (!uuid) return false;
    auto submission = receipts_.find_submission(*uuid);
    if (submission && *submission) {
      story_.found_as = "submission";
      add_submission(std::move(**submission));
      return true;
    }
    return add_chunks(
               db_.query("SELECT " DEVICEBATCH_CHUNK_COLUMNS " FROM chunk WHERE tracking_id = ?",
                         Bytes(uuid->bytes())),
               "tracking id") ||
           add_chunks(
               db_.query("SELECT " DEVICEBATCH_CHUNK_COLUMNS " FROM chunk WHERE request_id = ?",
                         Bytes(uuid->bytes())),
               "request id");
  }

  bool add_chunks(Statement&& rows, std::string_view found_as) {
    while (rows.step()) story_.chunks.push_back(read_chunk_row(rows));
    if (story_.chunks.empty()) return false;
    story_.found_as = found_as;
    for (const ChunkRow& chunk : story_.chunks) {
      for (const RecordId member : members_of(db_, chunk.id)) add_record(member);
    }
    return true;
  }

  // By what is inside: another capture of the same device is the same story.
  bool by_hash() {
    if (asked_.size() < kShortestHash) return false;
    std::vector<std::uint8_t> storage;
    const auto hash = record::decode_hardware_hash(asked_, storage);
    if (!hash) return false;
    std::vector<std::uint64_t> keys;
    if (hash->tpm) keys.push_back(record::key_of(record::KeyKind::tpm, *hash->tpm, seed_));
    if (hash->uuid) keys.push_back(record::key_of(record::KeyKind::uuid, *hash->uuid, seed_));
    keys.push_back(record::key_of(record::KeyKind::serial, hash->serial, seed_));
    for (const std::uint64_t key : keys) {
      if (add_by_key(key, [](const RecordRow&) { return true; })) break;
    }
    if (story_.records.empty()) return false;
    story_.found_as = "hash";
    return true;
  }

  bool by_key(record::KeyKind kind, std::string_view found_as) {
    const auto is_meant = [&](const RecordRow& record) {
      return (kind == record::KeyKind::serial ? record.serial : record.pkid) == asked_;
    };
    if (!add_by_key(record::key_of(kind, asked_, seed_), is_meant)) return false;
    story_.found_as = found_as;
    return true;
  }

  template <class Predicate>
  bool add_by_key(std::uint64_t key, Predicate is_meant) {
    std::vector<std::uint32_t> found;
    index_.find(key, kMostRecords * 2, found);
    for (const std::uint32_t id : found) {
      const auto record = find_record(db_, RecordId{id});
      if (record && is_meant(*record)) add_record(RecordId{id});
    }
    return !story_.records.empty();
  }

  bool by_file_name() {
    std::vector<SubmissionId> found;
    {
      // Names are not indexed; there are far fewer files than devices.
      auto rows = db_.query("SELECT id FROM submission WHERE name = ? ORDER BY id DESC LIMIT ?",
                            asked_, kMostSubmissions + 1);
      while (rows.step()) found.push_back(rows.id<SubmissionId>(0));
    }
    if (found.empty()) return false;
    story_.found_as = "file";
    if (found.size() > kMostSubmissions) {
      story_.is_cut = true;
      found.pop_back();
    }
    for (const SubmissionId id : found) {
      auto submission = receipts_.summary(id);
      if (submission) add_submission(std::move(*submission));
    }
    return true;
  }

  void add_submission(SubmissionSummary submission) {
    const SubmissionId owner = submission.repeats ? submission.repeats : submission.id;
    story_.submissions.push_back(std::move(submission));
    if (story_.submissions.size() > 1) return;
    std::vector<RecordId> records;
    {
      auto rows = db_.query(
          "SELECT id FROM record WHERE id BETWEEN (SELECT first_record FROM submission WHERE id ="
          " ?1) AND (SELECT last_record FROM submission WHERE id = ?1) AND submission = ?1"
          " ORDER BY id LIMIT ?2",
          owner.value, kMostRecords + 1);
      while (rows.step()) records.push_back(rows.id<RecordId>(0));
    }
    for (const RecordId record : records) add_record(record);
  }

  void add_record(RecordId id) {
    const auto is_it = [&](const RecordStory& told) { return told.record == id; };
    if (std::any_of(story_.records.begin(), story_.records.end(), is_it)) return;
    if (story_.records.size() == kMostRecords) {
      story_.is_cut = true;
      return;
    }
    const auto record = find_record(db_, id);
    if (record) story_.records.push_back(story_of(db_, receipts_, *record));
  }

  Connection& db_;
  IdentityIndex& index_;
  std::uint64_t seed_;
  std::string_view asked_;
  ReceiptStore receipts_;
  Story story_;
};

}  // namespace

Result<Story> ReportStore::explain(std::string_view query) {
  const std::string_view asked = trim(query);
  if (asked.empty()) return fail(Errc::rejected, "name a serial number, a file, a chunk or an id");
  Story story = Explainer(db_, index_, key_seed(), asked).run();
  auto read = db_.outcome();
  if (!read) return fail(std::move(read.error()));
  const bool is_found =
      !story.records.empty() || !story.submissions.empty() || !story.chunks.empty();
  if (!is_found) return fail(Errc::not_found, "nothing in the ledger answers to " + story.asked);
  return story;
}

}  // namespace devicebatch::ledger
