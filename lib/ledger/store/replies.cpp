// Submissions that came as messages: who is to be told what became of them.
#include "ledger/store/replies.hpp"

#include "ledger/store/intake_store.hpp"
#include "ledger/store/receipt_store.hpp"

namespace devicebatch::ledger {
namespace {

Bytes bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

}  // namespace

void store_reply(Connection& db, SubmissionId submission, const SeenFile& file) {
  if (!file.reply_to && !file.message_id) return;
  const std::string nothing;
  const std::string& address = file.reply_to ? *file.reply_to : nothing;
  const std::string& correlation = file.correlation_id ? *file.correlation_id
                                   : file.message_id   ? *file.message_id
                                                       : nothing;
  const auto message =
      file.message_id ? std::optional<Bytes>(bytes_of(*file.message_id)) : std::nullopt;
  db.run("INSERT INTO reply(submission, message_id, address, correlation) VALUES(?, ?, ?, ?)",
         submission, message, bytes_of(address), bytes_of(correlation));
}

void make_reply_due(Connection& db, SubmissionId submission) {
  db.run("UPDATE reply SET due = 1 WHERE submission = ? AND length(address) > 0", submission);
}

Result<std::optional<SubmissionId>> IntakeStore::find_message(std::string_view source,
                                                              std::string_view message_id) {
  std::optional<SubmissionId> found;
  {
    auto rows = db_.query(
        "SELECT s.id, s.source FROM reply r JOIN submission s ON s.id = r.submission"
        " WHERE r.message_id = ? AND r.message_id IS NOT NULL ORDER BY s.id DESC",
        bytes_of(message_id));
    while (!found && rows.step()) {
      if (rows.text_view(1) == source) found = rows.id<SubmissionId>(0);
    }
  }
  return db_.returning(std::move(found));
}

Result<std::vector<ReplyDue>> ReceiptStore::unsent_replies(std::size_t at_most) {
  std::vector<ReplyDue> due;
  auto rows = db_.query(
      "SELECT s.id, s.uuid, s.source, CAST(r.address AS TEXT), CAST(r.correlation AS TEXT)"
      " FROM reply r JOIN submission s ON s.id = r.submission WHERE r.due <> 0 AND s.state = 4"
      " ORDER BY r.submission LIMIT ?",
      at_most);
  while (rows.step()) {
    ReplyDue& reply = due.emplace_back();
    reply.submission = rows.id<SubmissionId>(0);
    reply.uuid = rows.uuid(1);
    reply.source = rows.text(2);
    reply.reply_to = rows.text(3);
    reply.correlation_id = rows.text(4);
  }
  return db_.returning(std::move(due));
}

Result<void> ReceiptStore::reply_sent(std::span<const SubmissionId> submissions, UtcTime now) {
  for (const SubmissionId submission : submissions) {
    db_.run("UPDATE reply SET due = 0, sent = ? WHERE submission = ?", now, submission);
  }
  return db_.outcome();
}

}  // namespace devicebatch::ledger
