// Submissions that came as messages, whose senders wait for their receipts.
#include "unit/ledger/ledger_desk.hpp"
#include <catch2/catch.hpp>

using namespace devicebatch;
using namespace devicebatch::ledger;

namespace {

struct Mail {
  SubmissionId receive(const std::optional<std::string>& reply_to,
                       const std::optional<std::string>& message_id = std::nullopt,
                       const std::optional<std::string>& correlation = std::nullopt) {
    SeenFile file;
    file.uuid = desk.uuid();
    file.source = "queue-1";
    file.destination = desk.destination();
    file.name = "message";
    file.claim_name = file.uuid.to_string();
    file.reply_to = reply_to;
    file.message_id = message_id;
    file.correlation_id = correlation;
    return desk.now([&] { return desk->intake().record_seen({&file, 1}, at(0)); }).front();
  }
  void take(SubmissionId submission, std::uint64_t device) {
    desk.append(submission, BatchBuilder(desk->key_seed()).devices(device, 1));
    desk.complete(submission, std::to_string(device));
  }
  void finish(SubmissionId submission) {
    ok(desk.in_transaction([&] { return desk->receipts().finish(submission, "", at(60)); }));
  }
  std::vector<ReplyDue> due(std::size_t at_most = 10) {
    return desk.now([&] { return desk->receipts().unsent_replies(at_most); });
  }
  void sent(SubmissionId submission) {
    ok(desk.in_transaction([&] { return desk->receipts().reply_sent({&submission, 1}, at(70)); }));
  }

  LedgerDesk desk;
};

}  // namespace

TEST_CASE("a reply is due when its submission is finished, until it was sent") {
  Mail mail;
  const SubmissionId first = mail.receive("replies/line-1", "m-1", "c-1");
  const SubmissionId silent = mail.receive(std::nullopt, "m-2");
  const SubmissionId second = mail.receive("replies/line-2", "m-3");
  for (const SubmissionId one : {first, silent, second}) {
    mail.take(one, static_cast<std::uint64_t>(one.value));
  }
  CHECK(mail.due().empty());
  mail.desk.settle_all(mail.desk.submitted_chunk());
  CHECK(mail.due().empty());
  for (const SubmissionId one : {first, silent, second}) mail.finish(one);
  const auto due = mail.due();
  REQUIRE(due.size() == 2);
  CHECK(due[0].submission == first);
  CHECK(due[0].uuid == mail.desk.summary(first).uuid);
  CHECK(due[0].source == "queue-1");
  CHECK(due[0].reply_to == "replies/line-1");
  CHECK(due[0].correlation_id == "c-1");
  CHECK(due[1].correlation_id == "m-3");
  CHECK(mail.due(1).size() == 1);
  mail.sent(first);
  mail.desk.reopen();
  REQUIRE(mail.due().size() == 1);
  CHECK(mail.due()[0].submission == second);
  mail.desk.check_soundness();
}

TEST_CASE("a submission that a person opened again is answered again") {
  Mail mail;
  const SubmissionId id = mail.receive("replies", "m-1");
  mail.take(id, 1);
  mail.desk.settle_all(mail.desk.submitted_chunk(), Verdict::failed);
  mail.finish(id);
  mail.sent(id);
  const Actor alice{"alice", "repaired"};
  ok(mail.desk.in_transaction(
      [&] { return mail.desk->operators().retry(RecordId{1}, at(20), alice, at(20)); }));
  CHECK(mail.due().empty());
  mail.desk.settle_all(mail.desk.submitted_chunk());
  mail.finish(id);
  CHECK(mail.due().size() == 1);
}

TEST_CASE("a message is found again by its id within its source") {
  Mail mail;
  const SubmissionId id = mail.receive(std::nullopt, "m-1");
  const auto find = [&](const std::string& source, const std::string& message) {
    return mail.desk.now([&] { return mail.desk->intake().find_message(source, message); });
  };
  CHECK(find("queue-1", "m-1") == id);
  CHECK_FALSE(find("queue-2", "m-1"));
  CHECK_FALSE(find("queue-1", "m-2"));
  const std::string binary("\0\xff m", 4);
  const SubmissionId odd = mail.receive("r", binary);
  CHECK(find("queue-1", binary) == odd);
  ok(mail.desk.in_transaction([&] { return mail.desk->intake().withdraw(id); }));
  CHECK_FALSE(find("queue-1", "m-1"));
}
