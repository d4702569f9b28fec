// Rows H1, H2 and H4 of the fault matrix, as the flows see them.
#include "flow/job_flow.hpp"
#include "flow/look_flow.hpp"
#include "flow/post_flow.hpp"

#include <catch2/catch.hpp>

using namespace devicebatch;
using namespace devicebatch::flow;
using namespace std::chrono_literals;

namespace {

const UtcTime kNow(1'800'000'000'000ms);
const PostRules kRules{policy::RetryRules(1s, 15min, 1h), 120h, 30s};

PostStep judge(int status, const PostContext& context = {},
               std::optional<std::chrono::milliseconds> retry_after = {}) {
  SeededRandom random(1);
  Outcome outcome;
  outcome.http_status = status;
  outcome.retry_after = retry_after;
  return judge_post(context, outcome, kRules, kNow, random);
}

constexpr int kRowH1[] = {408, 409, 410, 413, 415, 422, 425, 429, 500,
                          502, 503, 504, 507, 511, 299, 499, 599};

}  // namespace

TEST_CASE("H1: no status of the row is taken for a success of an upload") {
  for (const int status : kRowH1) {
    INFO("HTTP " << status);
    for (const auto call : {policy::Call::create_batch, policy::Call::append_devices}) {
      PostContext context;
      context.call = call;
      CHECK(judge(status, context).next != PostNext::submitted);
    }
  }
}

TEST_CASE("H1: no status of the row ends what an earlier, unknown upload may have begun") {
  constexpr PostNext kAllowed[] = {PostNext::unconfirmed, PostNext::look, PostNext::pause_account,
                                   PostNext::pause_destination};
  for (const int status : kRowH1) {
    INFO("HTTP " << status);
    PostContext context;
    context.was_unconfirmed = true;
    context.devices = 500;
    const PostNext next = judge(status, context).next;
    CHECK(std::find(std::begin(kAllowed), std::end(kAllowed), next) != std::end(kAllowed));
  }
}

TEST_CASE("H1: a conflict on the same request again is looked into") {
  PostContext context;
  context.was_unconfirmed = true;
  for (const auto call : {policy::Call::create_batch, policy::Call::append_devices}) {
    context.call = call;
    CHECK(judge(409, context).next == PostNext::look);
  }
}

TEST_CASE("H2: what the service asks to wait is waited for after a redirect, too") {
  for (const int status : {300, 302, 307, 503, 429}) {
    INFO("HTTP " << status);
    CHECK(judge(status, {}, 20min).not_before == kNow + 20min);
    CHECK(judge(status, {}, 24h).not_before == kNow + 1h);
  }
}

TEST_CASE("H2: a 202 that asks for time gets it before the first look, up to the cap") {
  SeededRandom random(1);
  const PollRules rules;
  Outcome accepted;
  accepted.http_status = 202;
  CHECK(first_poll_at(accepted, rules, kNow, random) < kNow + 3s);
  for (const auto& [asked, waited] :
       {std::pair(0ms, 0ms), std::pair(60'000ms, 60'000ms), std::pair(86'400'000ms, 3'600'000ms)}) {
    accepted.retry_after = asked;
    const UtcTime first = first_poll_at(accepted, rules, kNow, random);
    CHECK(first >= kNow + waited);
    CHECK(first <= kNow + std::max(waited, 3'000ms));
  }
}

namespace {

record::Device a_device(std::int64_t id, std::string serial) {
  record::Device device;
  device.record = RecordId{id};
  device.serial = std::move(serial);
  return device;
}

ReportedDevice a_report(std::string serial) {
  ReportedDevice report;
  report.serial = std::move(serial);
  report.is_over = true;
  report.is_finished_ok = true;
  return report;
}

Settlement settle(const std::vector<ReportedDevice>& reported) {
  const std::vector<record::Device> sent{a_device(1, "A"), a_device(2, "B"), a_device(3, "C")};
  const std::vector<Past> past(sent.size());
  const SettleRules rules{120h, 24h, 168h};
  return settle_devices(sent, reported, past, rules, kNow);
}

std::vector<std::int64_t> records_of(const std::vector<SettledDevice>& devices) {
  std::vector<std::int64_t> records;
  for (const SettledDevice& device : devices) records.push_back(device.record.value);
  return records;
}

}  // namespace

TEST_CASE("H4: rows in any order are matched by what they name") {
  ReportedDevice bad = a_report("B");
  bad.is_finished_ok = false;
  bad.error_code = "802";
  const Settlement result = settle({a_report("C"), bad, a_report("A")});
  CHECK(records_of(result.settled) == std::vector<std::int64_t>{1, 2, 3});
  CHECK(result.settled[0].verdict == Verdict::registered);
  CHECK(result.settled[1].verdict == Verdict::failed);
  CHECK(result.settled[2].verdict == Verdict::registered);
}

TEST_CASE("H4: of a partial answer the rows that are there count, the others are looked for") {
  const Settlement result = settle({a_report("B")});
  CHECK(records_of(result.settled) == std::vector<std::int64_t>{2});
  CHECK(result.unanswered == std::vector<RecordId>{RecordId{1}, RecordId{3}});
}

TEST_CASE("H4: rows of devices that nobody sent are counted and settle nothing") {
  const Settlement result = settle({a_report("X"), a_report("Y"), a_report("A")});
  CHECK(records_of(result.settled) == std::vector<std::int64_t>{1});
  CHECK(result.strangers == 2);
  CHECK(result.unanswered.size() == 2);
}

TEST_CASE("H4: a row that comes twice settles its device once") {
  const Settlement result = settle({a_report("A"), a_report("A"), a_report("B"), a_report("C")});
  CHECK(records_of(result.settled) == std::vector<std::int64_t>{1, 2, 3});
  CHECK(result.strangers == 1);
}

TEST_CASE("H4: a device that is still at work in a finished job is looked for") {
  ReportedDevice open = a_report("B");
  open.is_over = false;
  open.is_finished_ok = false;
  const Settlement result = settle({a_report("A"), open, a_report("C")});
  CHECK(records_of(result.settled) == std::vector<std::int64_t>{1, 3});
  CHECK(result.unanswered == std::vector<RecordId>{RecordId{2}});
}

TEST_CASE("H4: an answer without any row is no answer for any device") {
  CHECK(settle({}).unanswered.size() == 3);
  CHECK(settle({}).settled.empty());
}

TEST_CASE("H4: a listing that broke off proves what it showed, and nothing about the rest") {
  BatchSearch search;
  for (const char* serial : {"A", "B"}) {
    Sought device;
    device.record = RecordId{serial[0]};
    device.serial = serial;
    search.seek(ChunkId{1}, device);
  }
  ListedDevice seen;
  seen.serial = "A";
  search.saw(seen);
  const LookRules rules{30s, 30min};
  LookContext looked;
  looked.unknown_since = kNow - 24h;  // long enough for a verdict about what is not there
  looked.is_complete = false;
  const LookResult broken = search.judge(ChunkId{1}, looked, rules, kNow);
  CHECK(records_of(broken.settled) == std::vector<std::int64_t>{'A'});
  CHECK(broken.unanswered == std::vector<RecordId>{RecordId{'B'}});
  CHECK(broken.again.empty());
  looked.is_complete = true;
  CHECK(search.judge(ChunkId{1}, looked, rules, kNow).again ==
        std::vector<RecordId>{RecordId{'B'}});
}
