#include "flow/job_flow.hpp"

#include <catch2/catch.hpp>

using namespace devicebatch;
using namespace devicebatch::flow;
using namespace std::chrono_literals;

namespace {

const UtcTime kNow(1'800'000'000'000ms);
const PollRules kRules;

PollContext submitted_ago(std::chrono::milliseconds age) {
  PollContext context;
  context.submitted_at = kNow - age;
  return context;
}

PollStep judge(PollContext context, int status, JobReading reading) {
  SeededRandom random(1);
  Outcome outcome;
  outcome.http_status = status;
  context.reading = reading;
  return judge_poll(context, outcome, kRules, kNow, random);
}

record::Device a_device(std::int64_t id, std::string serial, std::string pkid = {}) {
  record::Device device;
  device.record = RecordId{id};
  device.serial = std::move(serial);
  device.pkid = std::move(pkid);
  return device;
}

ReportedDevice a_report(std::string serial, std::string code = {}, std::string name = {}) {
  ReportedDevice report;
  report.serial = std::move(serial);
  report.is_over = true;
  report.is_finished_ok = code.empty() && name.empty();
  report.error_code = std::move(code);
  report.error_name = std::move(name);
  return report;
}

const SettleRules kSettleRules{120h, 24h, 168h};

Settlement settle(const std::vector<record::Device>& sent,
                  const std::vector<ReportedDevice>& reported, bool may_be_ours = false,
                  std::chrono::milliseconds age = 0s, int times_sent = 1) {
  Past past;
  past.may_be_ours = may_be_ours;
  past.times_sent = times_sent;
  past.first_sent_at = kNow - age;
  const std::vector<Past> all(sent.size(), past);
  return settle_devices(sent, reported, all, kSettleRules, kNow);
}

}  // namespace

TEST_CASE("a job that is not over is looked at again, later each time") {
  PollContext context = submitted_ago(10s);
  const PollStep first = judge(context, 200, JobReading::open);
  CHECK(first.next == PollNext::poll_again);
  context.polls = 9;
  const PollStep tenth = judge(context, 200, JobReading::open);
  CHECK(tenth.next_poll > first.next_poll);
  CHECK(tenth.next_poll <= kNow + 72s);
}

TEST_CASE("a job past its deadline is stalled and still followed") {
  const PollStep step = judge(submitted_ago(31min), 200, JobReading::open);
  CHECK(step.is_stalled);
  CHECK(step.next == PollNext::poll_again);
}

TEST_CASE("an unknown tracking id gets its grace, then its batch is looked at") {
  CHECK(judge(submitted_ago(5s), 404, JobReading::unreadable).next == PollNext::poll_again);
  CHECK(judge(submitted_ago(3min), 404, JobReading::unreadable).next == PollNext::lost);
}

TEST_CASE("a reply that cannot be read decides nothing") {
  CHECK(judge(submitted_ago(5s), 200, JobReading::unreadable).next == PollNext::poll_again);
}

TEST_CASE("a readable end settles") {
  CHECK(judge(submitted_ago(5s), 200, JobReading::over).next == PollNext::settle);
}

TEST_CASE("each device of a finished job gets its own verdict") {
  const Settlement result =
      settle({a_device(1, "A"), a_device(2, "B")},
             {a_report("B", "808", "ZtdDeviceAssignedToOtherTenant"), a_report("A")});
  REQUIRE(result.settled.size() == 2);
  CHECK(result.settled[0].verdict == Verdict::registered);
  CHECK(result.settled[1].verdict == Verdict::failed);
  CHECK(result.settled[1].code == "device.808");
  CHECK_FALSE(result.settled[1].fix.empty());
}

TEST_CASE("a device that is not mentioned is never a success") {
  const Settlement result = settle({a_device(1, "A"), a_device(2, "B")}, {a_report("A")});
  CHECK(result.again.empty());
  CHECK(result.unanswered == std::vector<RecordId>{RecordId{2}});
}

TEST_CASE("806 is ours after an attempt of ours, and somebody's otherwise") {
  const std::vector<ReportedDevice> there{a_report("A", "806", "ZtdDeviceAlreadyAssigned")};
  CHECK(settle({a_device(1, "A")}, there, true).settled[0].verdict == Verdict::registered);
  CHECK(settle({a_device(1, "A")}, there, false).settled[0].verdict == Verdict::already_registered);
}

TEST_CASE("trouble of the service's own is tried again, until it is too old, never by count") {
  const std::vector<ReportedDevice> trouble{
      GENERATE(a_report("A", "", "StorageError"), a_report("A", "503", "ServiceUnavailable"))};
  const Settlement first = settle({a_device(1, "A")}, trouble);
  REQUIRE(first.again.size() == 1);
  CHECK(first.again[0].wait >= 1min);
  CHECK(settle({a_device(1, "A")}, trouble, false, 119h, 1000).again.size() == 1);
  const Settlement last = settle({a_device(1, "A")}, trouble, false, 121h, 1);
  CHECK(last.again.empty());
  REQUIRE(last.settled.size() == 1);
  CHECK(last.settled[0].verdict == Verdict::failed);
}

TEST_CASE(
    "a device the manufacturer has not reported yet waits for a day, then its hash is asked for") {
  const std::vector<ReportedDevice> unknown{a_report("A", "812", "ZtdDeviceNotFound")};
  const Settlement result = settle({a_device(1, "A")}, unknown, false, 167h);
  REQUIRE(result.again.size() == 1);
  CHECK(result.again[0].wait == 24h);
  const Settlement last = settle({a_device(1, "A")}, unknown, false, 169h);
  REQUIRE(last.settled.size() == 1);
  CHECK(last.settled[0].verdict == Verdict::failed);
  CHECK(last.settled[0].fix.find("hardware hash") != std::string::npos);
}

TEST_CASE("a job in which everything was there already says so, and so are strangers counted") {
  const Settlement all =
      settle({a_device(1, "A")}, {a_report("A", "806", "ZtdDeviceAlreadyAssigned"), a_report("X")});
  CHECK(all.are_all_there_already);
  CHECK(all.strangers == 1);
  CHECK_FALSE(settle({a_device(1, "A")}, {a_report("A")}).are_all_there_already);
}

TEST_CASE("with many open jobs each is looked at less often") {
  PollRules rules;
  rules.least = 1000s;
  SeededRandom random(1);
  Outcome outcome;
  outcome.http_status = 200;
  PollContext context = submitted_ago(1s);
  context.reading = JobReading::open;
  CHECK(judge_poll(context, outcome, rules, kNow, random).next_poll >= kNow + 1000s);
}

TEST_CASE("a stalled job is looked at less often than a late one") {
  PollContext context = submitted_ago(31min);
  context.polls = 100;
  CHECK(judge(context, 200, JobReading::open).next_poll > kNow + 72s);
}

TEST_CASE("two devices of one serial each take an entry of their own") {
  const Settlement result = settle({a_device(1, "A"), a_device(2, "A")},
                                   {a_report("A"), a_report("A", "802", "InvalidZtdHardwareHash")});
  REQUIRE(result.settled.size() == 2);
  CHECK(result.settled[0].verdict == Verdict::registered);
  CHECK(result.settled[1].verdict == Verdict::failed);
}

TEST_CASE("a device without a serial is found by its PKID") {
  ReportedDevice by_pkid = a_report("");
  by_pkid.pkid = "3305000000017";
  const Settlement result = settle({a_device(1, "", "3305000000017")}, {by_pkid});
  REQUIRE(result.settled.size() == 1);
  CHECK(result.settled[0].verdict == Verdict::registered);
}
