// Row Q1 of the fault matrix: "AMQP: broker restart, channel close, consumer cancel, redelivery
// after crash, poison message, 128 MB message, duplicate message-id".
#include "integration/queue/queue_site.hpp"
#include "integration/queue/scripted_broker.hpp"
#include "integration/queue/tcp_proxy.hpp"
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <catch2/catch.hpp>
#include <proton/message.h>

#include <algorithm>

namespace devicebatch::integration {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

constexpr std::uint64_t kMany = 400;

SiteOptions quiet() {
  SiteOptions options;
  options.log_level = "info";
  return options;
}

std::vector<OutMessage> singles(std::uint64_t first, std::uint64_t count) {
  std::vector<OutMessage> messages;
  for (std::uint64_t number = first; number < first + count; ++number) {
    messages.push_back(message_of(number, 1, "m" + std::to_string(number)));
  }
  return messages;
}

std::set<std::string> serials(std::uint64_t first, std::uint64_t count) {
  std::set<std::string> expected;
  for (std::uint64_t number = first; number < first + count; ++number) {
    expected.insert(support::make_spec(number).serial);
  }
  return expected;
}

// Every device at the service, and none of them twice.
void check_devices(const Site& site, const std::set<std::string>& expected) {
  std::multiset<std::string> registered;
  const json::value ledger = site.sandbox().ledger();
  for (const json::value& device : ledger.at("devices").as_array()) {
    registered.insert(std::string(device.at("serial").as_string()));
  }
  CHECK(std::set<std::string>(registered.begin(), registered.end()) == expected);
  CHECK(registered.size() == expected.size());
  site.check_promises(static_cast<std::int64_t>(expected.size()));
}

// A message that was taken twice gave duplicates or a repeat: nothing else may be there.
void check_verdicts(const Site& site, std::int64_t registered) {
  for (const auto& [verdict, count] : site.verdicts()) {
    INFO(verdict << " " << count);
    if (verdict == "registered") CHECK(count == registered);
    CHECK((verdict == "registered" || verdict == "duplicate"));
  }
}

// That the ledger has with all of their rows.
std::int64_t submissions_of(const Site& site) {
  const auto counts = site.status().at("submissions").as_object();
  return counts.at("pending").to_number<std::int64_t>() +
         counts.at("finished").to_number<std::int64_t>();
}

bool is_everything_taken(const QueueSite& mes, std::int64_t registered) {
  const auto reply = mes.report();
  const Verdicts verdicts = mes.site().verdicts();
  const bool has_all = std::ranges::any_of(verdicts, [registered](const auto& verdict) {
    return verdict.first == "registered" && verdict.second == registered;
  });
  return has_all && reply.at("in_flight").to_number<std::int64_t>() == 0;
}

void wait_taken(const QueueSite& mes, std::int64_t registered) {
  REQUIRE(eventually([&] { return is_everything_taken(mes, registered); }));
}

// Full rows with a long remark, as some lines add one: 62 KB each.
constexpr std::int64_t kLargeRows = 2'070;

OutMessage large_message() {
  OutMessage message;
  message.id = "large";
  message.body = "Device Serial Number,Windows Product ID,Hardware Hash,Remark\r\n";
  const std::string remark(58'000, 'x');
  for (std::int64_t number = 1; number <= kLargeRows; ++number) {
    const auto spec = support::make_spec(static_cast<std::uint64_t>(number));
    message.body += spec.serial + ",," + support::make_hash_text(spec) + "," + remark + "\r\n";
  }
  return message;
}

}  // namespace

TEST_CASE("Q1 broker restart: killed mid-stream, zero lost and zero twice", "[rows_q1]") {
  Broker* const broker = Broker::shared();
  if (broker == nullptr) return;
  QueueSite mes(*broker, ", credit: 20", quiet());
  mes.send(singles(1, kMany));
  mes.site().start();
  REQUIRE(eventually([&] { return mes.reported("accepted") > 0; }));
  broker->kill();
  REQUIRE(eventually([&] { return !mes.report().at("is_connected").as_bool(); }));
  broker->start();
  wait_taken(mes, kMany);
  check_verdicts(mes.site(), kMany);
  check_devices(mes.site(), serials(1, kMany));
  mes.check_empty();
}

TEST_CASE("Q1 channel close: the broker ends our connection and we come back", "[rows_q1]") {
  Broker* const broker = Broker::shared();
  if (broker == nullptr) return;
  QueueSite mes(*broker, "", quiet());
  mes.site().start();
  mes.wait_connected();
  broker->control({"-q", "close_all_connections", "for a test"});
  REQUIRE(eventually([&] { return !mes.site().log("queue.lost").empty(); }));
  mes.send(singles(1, 5));
  wait_taken(mes, 5);
  check_devices(mes.site(), serials(1, 5));
}

TEST_CASE("Q1 channel close: the cable is cut again and again, mid-message too", "[rows_q1]") {
  Broker* const broker = Broker::shared();
  if (broker == nullptr) return;
  TcpProxy proxy(broker->port());
  QueueSite mes(*broker, ", credit: 50", quiet(), proxy.place());
  mes.send(singles(1, kMany));
  // Some hundred bytes of a message are on this side when the cable goes.
  proxy.cut_after(300'000);
  mes.site().start();
  REQUIRE(eventually([&] { return proxy.cuts() >= 3; }));
  proxy.cut_after(0);
  proxy.cut();
  wait_taken(mes, kMany);
  check_verdicts(mes.site(), kMany);
  check_devices(mes.site(), serials(1, kMany));
  mes.check_empty();
}

TEST_CASE("Q1 consumer cancel: the queue is deleted and made again", "[rows_q1]") {
  Broker* const broker = Broker::shared();
  if (broker == nullptr) return;
  QueueSite mes(*broker, "", quiet());
  mes.site().start();
  mes.wait_connected();
  broker->remove(mes.queue());
  REQUIRE(eventually([&] { return !mes.report().at("is_connected").as_bool(); }));
  CHECK_FALSE(mes.site().log("queue.lost").empty());
  broker->restore();
  mes.wait_connected();
  mes.send(singles(1, 3));
  wait_taken(mes, 3);
  check_devices(mes.site(), serials(1, 3));
}

TEST_CASE("Q1 redelivery after crash: kill -9 mid-stream, zero lost and zero twice", "[rows_q1]") {
  Broker* const broker = Broker::shared();
  if (broker == nullptr) return;
  QueueSite mes(*broker, ", credit: 20", quiet());
  mes.send(singles(1, kMany));
  for (const std::int64_t accepted : {1, 20, 60}) {
    mes.site().start();
    REQUIRE(eventually([&] { return mes.reported("accepted") >= accepted; }));
    mes.site().kill();
  }
  mes.site().start();
  wait_taken(mes, kMany);
  check_verdicts(mes.site(), kMany);
  check_devices(mes.site(), serials(1, kMany));
  mes.check_empty();
}

TEST_CASE("Q1 redelivery after crash: ack after commit only, so a kill before it loses nothing",
          "[rows_q1]") {
  Broker* const broker = Broker::shared();
  if (broker == nullptr) return;
  TcpProxy proxy(broker->port());
  QueueSite mes(*broker, "", quiet(), proxy.place());
  // A product key is not kept; the message is recognised all the same.
  const std::string secret = GENERATE(std::string(), std::string(support::fake_product_key()));
  mes.send({message_of(1, 1, "once " + secret)});
  mes.site().start();
  REQUIRE(eventually([&] { return submissions_of(mes.site()) == 1; }));
  proxy.cut();
  mes.site().kill();
  mes.site().start();
  mes.wait_connected();
  REQUIRE(eventually([&] { return broker->count(mes.queue()) == 0; }));
  mes.site().wait_finished(1);
  CHECK(submissions_of(mes.site()) == 1);
  check_devices(mes.site(), serials(1, 1));
}

TEST_CASE("Q1 poison message: what the broker delivered in vain too often is rejected with why",
          "[rows_q1]") {
  ScriptedBroker broker;
  OutMessage poison = message_of(1, 1, "poison");
  poison.change = [](pn_message_t* message) { pn_message_set_delivery_count(message, 3); };
  OutMessage tired = message_of(2, 1, "tired");
  tired.change = [](pn_message_t* message) { pn_message_set_delivery_count(message, 2); };
  broker.add(poison);
  broker.add(tired);
  SiteOptions options = quiet();
  options.more = "queues:\n  - {name: mes, url: \"amqp://" + broker.place() +
                 "\", allow_plain: true, address: devices, path: DIR/mes, destination: line, "
                 "max_deliveries: 3}\n";
  Site site(options);
  site.start();
  REQUIRE(eventually([&] { return broker.outcomes().size() == 2; }));
  const auto outcomes = broker.outcomes();
  CHECK(outcomes.at("poison").state == "rejected");
  CHECK(outcomes.at("poison").condition == "devicebatchd:too-many-deliveries");
  CHECK(outcomes.at("poison").description.find("3 times") != std::string::npos);
  CHECK(outcomes.at("tired").state == "accepted");
  site.wait_finished(1);
  CHECK(site.verdicts() == Verdicts{{"registered", 1}});
}

TEST_CASE("Q1 poison message: content that is refused is rejected with the code of the finding",
          "[rows_q1]") {
  ScriptedBroker broker;
  OutMessage nonsense;
  nonsense.id = "nonsense";
  nonsense.body = "this is no device file\n";
  broker.add(nonsense);
  broker.add(message_of(1, 1, "good"));
  SiteOptions options = quiet();
  options.more = "queues:\n  - {name: mes, url: \"amqp://" + broker.place() +
                 "\", allow_plain: true, address: devices, path: DIR/mes, destination: line}\n";
  Site site(options);
  site.start();
  REQUIRE(eventually([&] { return broker.outcomes().size() == 2; }));
  const auto outcomes = broker.outcomes();
  CHECK(outcomes.at("nonsense").state == "rejected");
  CHECK(outcomes.at("nonsense").condition == "devicebatchd:refused");
  INFO(outcomes.at("nonsense").description);
  CHECK(outcomes.at("nonsense").description.starts_with("file."));
  CHECK(outcomes.at("good").state == "accepted");
}

TEST_CASE("Q1 poison message: with its folder in trouble nothing is lost, and it heals",
          "[rows_q1]") {
  Broker* const broker = Broker::shared();
  if (broker == nullptr) return;
  QueueSite mes(*broker, "", quiet());
  mes.site().start();
  mes.wait_connected();
  fs::remove(mes.folder() / ".claimed");  // our handle points at what is gone
  mes.send(singles(1, 5));
  wait_taken(mes, 5);
  CHECK(mes.reported("released") > 0);
  CHECK_FALSE(mes.site().log("queue.usable_again").empty());
  check_devices(mes.site(), serials(1, 5));
  mes.check_empty();
}

TEST_CASE("Q1 128 MB message: taken when it may be, rejected when not, and the next one follows",
          "[rows_q1]") {
  Broker* const broker = Broker::shared();
  if (broker == nullptr) return;
  const bool may_be = GENERATE(true, false);
  QueueSite mes(*broker, may_be ? ", max_message_bytes: 134217728" : "", quiet());
  const OutMessage large = large_message();
  REQUIRE(large.body.size() > 128'000'000);
  mes.site().start();
  mes.send({large, message_of(5001, 1, "after")});
  mes.site().wait_finished(may_be ? 2 : 1);
  if (may_be) {
    CHECK(mes.site().verdicts() == Verdicts{{"registered", kLargeRows + 1}});
    CHECK(contents_below(mes.folder()).contains(large.body));
  } else {
    CHECK(mes.receive_dead(1).front().body.size() == large.body.size());
  }
  mes.check_empty();
}

TEST_CASE("Q1 duplicate message-id: the same message twice is one registration and two receipts",
          "[rows_q1]") {
  Broker* const broker = Broker::shared();
  if (broker == nullptr) return;
  QueueSite mes(*broker, "", quiet());
  mes.site().start();
  OutMessage message = message_of(1, 2, "ORDER-1");
  message.reply_to = mes.answers();
  mes.send({message});
  mes.site().wait_finished(1);
  mes.send({message});
  mes.site().wait_finished(2);
  OutMessage other = message_of(11, 1, "ORDER-1");  // the id again, for something else
  other.reply_to = mes.answers();
  mes.send({other});
  mes.site().wait_finished(3);
  const auto replies = AmqpPeer(broker->place()).receive(mes.answers(), 3);
  for (const InMessage& reply : replies) CHECK(reply.correlation_id == "ORDER-1");
  std::set<std::string> expected = serials(1, 2);
  expected.merge(serials(11, 1));
  check_devices(mes.site(), expected);
  mes.check_empty();
}

TEST_CASE("Q1 100,000 records in 200 large and 1,000 small messages: zero lost and zero twice",
          "[rows_q1_many]") {
  Broker* const broker = Broker::shared();
  if (broker == nullptr) return;
  SiteOptions options = quiet();
  options.delivery = "chunk_devices: 1000, ";
  QueueSite mes(*broker, "", options);
  mes.site().start();
  std::uint64_t next = 1;
  for (int group = 0; group < 20; ++group) {
    std::vector<OutMessage> messages;
    for (int large = 0; large < 10; ++large, next += 495) {
      messages.push_back(message_of(next, 495, "large-" + std::to_string(next)));
    }
    for (int small = 0; small < 50; ++small, ++next) {
      messages.push_back(message_of(next, 1, "small-" + std::to_string(next)));
    }
    mes.send(messages);
  }
  REQUIRE(next == 100'001);
  const bool is_done =
      eventually([&] { return is_everything_taken(mes, 100'000); }, std::chrono::seconds(240));
  REQUIRE(is_done);
  CHECK(mes.site().verdicts() == Verdicts{{"registered", 100'000}});
  mes.site().check_promises(100'000);
}

}  // namespace devicebatch::integration
