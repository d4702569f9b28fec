// The real daemon, the real service stand-in, a real RabbitMQ: messages become verdicts.
#include "base/text.hpp"
#include "support/device_files.hpp"

#include "integration/queue/queue_site.hpp"
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

SiteOptions busy() {
  SiteOptions options;
  options.log_level = "info";
  return options;
}

std::string verdict_of(const InMessage& reply) {
  const json::object result = parse_json(reply.body).as_object();
  return std::string(result.at("rows").as_array().at(0).at("verdict").as_string());
}

// The reply to what had this id; fails when there is none.
const InMessage& reply_to(const std::vector<InMessage>& replies, const std::string& id) {
  for (const InMessage& reply : replies) {
    if (reply.correlation_id == id) return reply;
  }
  FAIL("no reply to " << id);
  return replies.front();
}

// Anywhere, in any case, also with other dashes or only in part.
bool says(const std::string& text, const std::string& key) {
  return to_lower(text).find(to_lower(key).substr(0, 11)) != std::string::npos ||
         to_lower(text).find(to_lower(key).substr(18)) != std::string::npos;
}

std::string read_metrics(const Site& site) {
  const std::string url = "http://127.0.0.1:" + std::to_string(site.metrics_port()) + "/metrics";
  return site.sandbox().get(url).body;
}

}  // namespace

TEST_CASE("a message is a submission: CSV, one record or many, and the sender gets its receipt",
          "[queue]") {
  Broker* const broker = Broker::shared();
  if (broker == nullptr) return;
  QueueSite mes(*broker);
  mes.site().start();
  mes.wait_connected();
  OutMessage first = message_of(1, 3, "ORDER-1");
  first.reply_to = mes.answers();
  OutMessage second = message_of(11, 1, "ORDER-2");
  second.reply_to = mes.answers();
  second.correlation_id = "shift 7";
  OutMessage third = message_of(21, 1);
  mes.send({first, second, third});
  mes.site().wait_finished(3);
  CHECK(mes.site().verdicts() == Verdicts{{"registered", 5}});
  mes.site().check_promises(5);
  const auto replies = AmqpPeer(broker->place()).receive(mes.answers(), 2);
  CHECK(verdict_of(reply_to(replies, "ORDER-1")) == "registered");
  CHECK(verdict_of(reply_to(replies, "shift 7")) == "registered");
  CHECK(support::read_file(mes.folder() / "done" / "ORDER-1.csv") == first.body);
  CHECK(fs::exists(mes.folder() / "done" / "ORDER-1.csv.result.json"));
  mes.check_empty();
  CHECK(mes.reported("accepted") == 3);
  REQUIRE(eventually([&] { return mes.reported("replies") == 2; }));
  const std::string metrics = read_metrics(mes.site());
  CHECK(metrics.find("devicebatchd_queue_connected{queue=\"mes\"} 1") != std::string::npos);
  CHECK(mes.site().run({"status"}).out.find("queue mes: connected") != std::string::npos);
}

TEST_CASE("a message goes where its property says, if the queue may send there", "[queue]") {
  Broker* const broker = Broker::shared();
  if (broker == nullptr) return;
  QueueSite mes(*broker, ", may_route_to: [second]");
  mes.site().start();
  OutMessage routed = message_of(1, 1, "to-second");
  routed.destination = "second";
  OutMessage astray = message_of(2, 1, "to-nowhere");
  astray.destination = "nowhere";
  astray.reply_to = mes.answers();
  mes.send({routed, message_of(3, 1, "to-own"), astray});
  mes.site().wait_finished(2);
  CHECK(mes.receive_dead(1).front().id == "to-nowhere");
  const auto reply = AmqpPeer(broker->place()).receive(mes.answers(), 1).front();
  CHECK(reply.correlation_id == "to-nowhere");
  CHECK(reply.body.find("devicebatchd:unknown-destination") != std::string::npos);
  mes.site().check_promises(2);
  const std::string receipt =
      support::read_file(mes.folder() / "done" / "to-second.csv.result.json");
  CHECK(parse_json(receipt).at("batch").as_string() == "SECOND");
}

TEST_CASE("what cannot be taken is rejected with its reason, and what follows it is taken",
          "[queue]") {
  Broker* const broker = Broker::shared();
  if (broker == nullptr) return;
  QueueSite mes(*broker, ", max_message_bytes: 100000");
  mes.site().start();
  OutMessage large;
  large.id = "large";
  large.body.assign(300'000, 'x');
  OutMessage no_bytes;
  no_bytes.id = "no-bytes";
  no_bytes.change = [](pn_message_t* message) {
    pn_message_set_inferred(message, false);
    pn_data_clear(pn_message_body(message));
    pn_data_put_int(pn_message_body(message), 7);
  };
  OutMessage nonsense;
  nonsense.id = "nonsense";
  nonsense.body = "this is no device file\n";
  nonsense.reply_to = mes.answers();
  mes.send({large, no_bytes, nonsense, message_of(1, 1, "good")});
  mes.site().wait_finished(2);
  std::multiset<std::string> dead;
  for (const InMessage& message : mes.receive_dead(3)) dead.insert(message.id);
  CHECK(dead == std::multiset<std::string>{"large", "no-bytes", "nonsense"});
  CHECK(mes.site().log("message.rejected").size() == 2);
  // Refused as a whole: the ledger has it all the same, with its receipt.
  CHECK(support::read_file(mes.folder() / "rejected" / "nonsense.csv") == nonsense.body);
  const auto reply = AmqpPeer(broker->place()).receive(mes.answers(), 1).front();
  CHECK(reply.correlation_id == "nonsense");
  CHECK(reply.body.find("\"refused\"") != std::string::npos);
  CHECK(mes.site().verdicts() == Verdicts{{"registered", 1}});
  mes.site().check_promises(1);
  mes.check_empty();
}

TEST_CASE("a secret of the broker is in no log, no list of processes and no status", "[queue]") {
  Broker* const broker = Broker::shared();
  if (broker == nullptr) return;
  SiteOptions options;
  options.log_level = "trace";
  QueueSite mes(*broker, "", options);
  mes.site().start();
  mes.send({message_of(1, 1, "one")});
  mes.site().wait_finished(1);
  const std::string status = json::serialize(mes.site().status());
  CHECK(mes.site().stop() == 0);
  for (const auto& entry : fs::recursive_directory_iterator(mes.site().dir())) {
    if (!entry.is_regular_file() || entry.path().filename() == "broker-password") continue;
    INFO(entry.path());
    CHECK(support::read_file(entry.path()).find(Broker::kPassword) == std::string::npos);
  }
  CHECK(status.find(Broker::kPassword) == std::string::npos);
}

TEST_CASE("a product key in the properties of a message is in no file, no log and no reply",
          "[queue]") {
  Broker* const broker = Broker::shared();
  if (broker == nullptr) return;
  const std::string key(support::fake_product_key());
  SiteOptions options;
  options.log_level = "trace";
  QueueSite mes(*broker, "", options);
  mes.site().start();
  OutMessage named = message_of(1, 1, "ORDER-1/" + key);
  OutMessage correlated = message_of(2, 1, "ORDER-2");
  correlated.correlation_id = "shift " + key;
  OutMessage unanswered = message_of(3, 1, "ORDER-3");
  OutMessage astray = message_of(4, 1, "ORDER-4/" + key);
  astray.destination = key;
  for (OutMessage* message : {&named, &correlated, &unanswered, &astray}) {
    message->reply_to = mes.answers();
  }
  unanswered.reply_to = "/queue/" + key;
  mes.send({named, correlated, unanswered, astray});
  mes.site().wait_finished(3);
  const auto replies = AmqpPeer(broker->place()).receive(mes.answers(), 3);
  for (const InMessage& reply : replies) {
    INFO(reply.correlation_id << " " << reply.body);
    CHECK_FALSE(says(reply.id + reply.correlation_id + reply.body, key));
  }
  CHECK(verdict_of(reply_to(replies, "ORDER-2")) == "registered");
  const auto is_of_named = [](const InMessage& reply) {
    return reply.correlation_id.starts_with("ORDER-1/[product key removed]#");
  };
  CHECK(std::ranges::count_if(replies, is_of_named) == 1);
  // Two say the same; the log shows one of them.
  CHECK(mes.site().log("message.key_removed").size() == 3);
  const std::string status = json::serialize(mes.site().status());
  mes.site().kill();  // as it is, with what the ledger has not put in its place yet
  CHECK_FALSE(says(status, key));
  for (const auto& entry : fs::recursive_directory_iterator(mes.site().dir())) {
    INFO(entry.path());
    CHECK_FALSE(says(entry.path().string(), key));
    if (entry.is_regular_file()) CHECK_FALSE(says(support::read_file(entry.path()), key));
  }
}

TEST_CASE("a stop settles what is taken and releases the rest; a start takes it", "[queue]") {
  Broker* const broker = Broker::shared();
  if (broker == nullptr) return;
  QueueSite mes(*broker, ", credit: 20", busy());
  mes.site().start();
  std::vector<OutMessage> messages;
  for (std::uint64_t number = 1; number <= 300; ++number) {
    messages.push_back(message_of(number, 1, "m" + std::to_string(number)));
  }
  mes.send(messages);
  REQUIRE(eventually([&] { return mes.reported("accepted") > 0; }));
  CHECK(mes.site().stop() == 0);
  mes.site().start();
  mes.site().wait_finished(300);
  CHECK(mes.site().verdicts() == Verdicts{{"registered", 300}});
  mes.site().check_promises(300);
  mes.check_empty();
}

TEST_CASE("replies that were due at a kill are sent after the start", "[queue]") {
  Broker* const broker = Broker::shared();
  if (broker == nullptr) return;
  SiteOptions options;
  options.sandbox = {"--job-ms", "1500"};
  QueueSite mes(*broker, "", options);
  mes.site().start();
  std::vector<OutMessage> messages;
  for (std::uint64_t number = 1; number <= 20; ++number) {
    messages.push_back(message_of(number, 1, "m" + std::to_string(number)));
    messages.back().reply_to = mes.answers();
  }
  mes.send(messages);
  REQUIRE(eventually([&] { return mes.reported("accepted") == 20; }));
  mes.site().kill();
  mes.site().start();
  mes.site().wait_finished(20);
  const auto replies = AmqpPeer(broker->place()).receive(mes.answers(), 20);
  for (const OutMessage& message : messages) {
    CHECK(verdict_of(reply_to(replies, message.id)) == "registered");
  }
  mes.site().check_promises(20);
}

}  // namespace devicebatch::integration
