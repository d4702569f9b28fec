// lib/queue against a real broker, without a daemon.
#include "queue/consumer.hpp"

#include "integration/queue/amqp_peer.hpp"
#include "integration/queue/broker.hpp"
#include "queue/publisher.hpp"
#include <catch2/catch.hpp>

#include <algorithm>
#include <atomic>
#include <mutex>

namespace devicebatch::integration {
namespace {

using namespace std::chrono_literals;

// Remembers what it heard; asked by the test's thread.
class Listener final : public queue::ConsumerEvents {
 public:
  void attached() override { ++attached_; }
  void lost(const Error& why) override {
    const std::lock_guard lock(mutex_);
    losses_.push_back(why);
  }
  void arrived(queue::Delivery delivery) override {
    const std::lock_guard lock(mutex_);
    const std::string& body = delivery.message.body;
    most_reserved_ = std::max(most_reserved_, body.capacity() - body.size());
    arrived_.push_back(std::move(delivery));
  }
  void refused(std::uint64_t number, queue::Decoded what) override {
    const std::lock_guard lock(mutex_);
    refused_.emplace_back(number, std::move(what));
  }
  void closed() override { is_closed_ = true; }

  // Bytes that came with a body and hold nothing.
  std::size_t most_reserved() const {
    const std::lock_guard lock(mutex_);
    return most_reserved_;
  }
  int attached_count() const { return attached_; }
  bool is_closed() const { return is_closed_; }
  std::vector<queue::Delivery> arrivals() const {
    const std::lock_guard lock(mutex_);
    return arrived_;
  }
  std::vector<std::pair<std::uint64_t, queue::Decoded>> refusals() const {
    const std::lock_guard lock(mutex_);
    return refused_;
  }
  std::vector<Error> losses() const {
    const std::lock_guard lock(mutex_);
    return losses_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<queue::Delivery> arrived_;
  std::vector<std::pair<std::uint64_t, queue::Decoded>> refused_;
  std::vector<Error> losses_;
  std::size_t most_reserved_ = 0;
  std::atomic<int> attached_{0};
  std::atomic<bool> is_closed_{false};
};

class Answers final : public queue::PublisherEvents {
 public:
  void published(std::uint64_t ticket, Result<void> outcome) override {
    const std::lock_guard lock(mutex_);
    outcomes_.emplace(ticket, std::move(outcome));
  }
  void closed() override {}
  std::map<std::uint64_t, Result<void>> outcomes() const {
    const std::lock_guard lock(mutex_);
    return outcomes_;
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::uint64_t, Result<void>> outcomes_;
};

queue::Timing fast() {
  queue::Timing timing;
  timing.retry_first = 20ms;
  timing.retry_ceiling = 200ms;
  return timing;
}

queue::Broker place_of(const std::string& url, std::string password = Broker::kPassword) {
  queue::Broker place;
  place.endpoint = *queue::parse_endpoint(url);
  place.container_id = "test";
  place.access = [password] {
    queue::Access access;
    access.user = Broker::kUser;
    access.password = Secret(std::string(password));
    return Result<queue::Access>(std::move(access));
  };
  return place;
}

queue::ConsumerOptions options_for(const std::string& name) {
  queue::ConsumerOptions options;
  options.address = address_of(name);
  options.timing = fast();
  return options;
}

// A consumer at work; the thread ends first.
struct Intake {
  Intake(queue::Broker place, queue::ConsumerOptions options)
      : consumer(proactor, std::move(place), std::move(options), listener) {
    consumer.start();
  }
  ~Intake() { proactor.stop(); }

  void wait_attached(int times = 1) const {
    REQUIRE(eventually([&] { return listener.attached_count() >= times; }));
  }
  std::vector<queue::Delivery> wait_arrivals(std::size_t count) const {
    REQUIRE(eventually([&] { return listener.arrivals().size() >= count; }));
    return listener.arrivals();
  }
  Error wait_lost() const {
    REQUIRE(eventually([&] { return !listener.losses().empty(); }));
    return listener.losses().front();
  }
  void settle(std::uint64_t number, queue::Outcome outcome, queue::Refusal why = {}) {
    consumer.settle({{number, outcome, std::move(why)}});
  }
  void stop() {
    consumer.stop();
    REQUIRE(eventually([&] { return listener.is_closed(); }));
  }

  SystemClock clock;
  Listener listener;
  queue::Proactor proactor{clock};
  queue::Consumer consumer;
};

std::vector<OutMessage> numbered(int count) {
  std::vector<OutMessage> messages;
  for (int number = 1; number <= count; ++number) {
    OutMessage message;
    message.body = "body " + std::to_string(number);
    message.id = "m" + std::to_string(number);
    messages.push_back(std::move(message));
  }
  return messages;
}

}  // namespace

TEST_CASE("an accepted message is gone, a released one comes again, a rejected one is dead",
          "[amqp]") {
  Broker* const broker = Broker::shared();
  if (broker == nullptr) return;
  const std::string name = broker->fresh_queue();
  AmqpPeer peer(broker->place());
  peer.send(address_of(name), numbered(3));
  Intake intake(place_of(broker->url()), options_for(name));
  const auto first = intake.wait_arrivals(3);
  CHECK(first[0].message.id == "m1");
  CHECK_FALSE(first[0].message.was_delivered_before);
  intake.settle(first[0].number, queue::Outcome::accepted);
  intake.settle(first[1].number, queue::Outcome::released);
  intake.settle(first[2].number, queue::Outcome::rejected, {"devicebatchd:test", "because"});
  const auto again = intake.wait_arrivals(4);
  CHECK(again[3].message.id == "m2");
  CHECK(again[3].message.was_delivered_before);
  intake.settle(again[3].number, queue::Outcome::accepted);
  CHECK(peer.receive(address_of(dead_of(name)), 1).front().id == "m3");
  intake.stop();
  CHECK(peer.drain(address_of(name)).empty());
}

TEST_CASE("no more messages are in hand than there is credit", "[amqp]") {
  Broker* const broker = Broker::shared();
  if (broker == nullptr) return;
  const std::string name = broker->fresh_queue();
  AmqpPeer peer(broker->place());
  peer.send(address_of(name), numbered(50));
  queue::ConsumerOptions options = options_for(name);
  options.credit = 10;
  std::size_t settled = 0;
  {
    Intake intake(place_of(broker->url()), std::move(options));
    while (settled < 50) {
      const auto arrived = intake.wait_arrivals(settled + 1);
      REQUIRE(arrived.size() - settled <= 10);
      while (settled < arrived.size()) {
        intake.settle(arrived[settled++].number, queue::Outcome::accepted);
      }
    }
    intake.stop();
  }
  CHECK(peer.drain(address_of(name)).empty());
}

TEST_CASE("what is in hand when the consumer stops goes back to the queue", "[amqp]") {
  Broker* const broker = Broker::shared();
  if (broker == nullptr) return;
  const std::string name = broker->fresh_queue();
  AmqpPeer peer(broker->place());
  peer.send(address_of(name), numbered(5));
  Intake intake(place_of(broker->url()), options_for(name));
  (void)intake.wait_arrivals(5);
  intake.stop();
  CHECK(peer.receive(address_of(name), 5).size() == 5);
}

TEST_CASE("while too many bytes are in hand no further message is read", "[amqp]") {
  Broker* const broker = Broker::shared();
  if (broker == nullptr) return;
  const std::string name = broker->fresh_queue();
  AmqpPeer peer(broker->place());
  std::vector<OutMessage> messages = numbered(8);
  for (OutMessage& message : messages) message.body.assign(400'000, 'x');
  peer.send(address_of(name), messages);
  queue::ConsumerOptions options = options_for(name);
  options.bytes_in_hand = 1'000'000;
  Intake intake(place_of(broker->url()), std::move(options));
  for (std::size_t settled = 0; settled < 8; ++settled) {
    const auto arrived = intake.wait_arrivals(settled + 1);
    REQUIRE(arrived.size() - settled <= 3);
    intake.settle(arrived[settled].number, queue::Outcome::accepted);
  }
  intake.stop();
  // What a string reserves by doubling is not counted above.
  CHECK(intake.listener.most_reserved() < 60'000);
}

TEST_CASE("a message that is too large is thrown away as it comes, and told apart", "[amqp]") {
  Broker* const broker = Broker::shared();
  if (broker == nullptr) return;
  const std::string name = broker->fresh_queue();
  AmqpPeer peer(broker->place());
  std::vector<OutMessage> messages = numbered(2);
  messages[0].body.assign(3'000'000, 'x');
  peer.send(address_of(name), messages);
  queue::ConsumerOptions options = options_for(name);
  options.max_message_bytes = 100'000;
  Intake intake(place_of(broker->url()), std::move(options));
  CHECK(intake.wait_arrivals(1).front().message.id == "m2");
  REQUIRE(intake.listener.refusals().size() == 1);
  const auto [number, what] = intake.listener.refusals().front();
  CHECK(what.refusal->condition == "devicebatchd:message-too-large");
  CHECK(what.message.id == "m1");
  intake.settle(number, queue::Outcome::rejected, *what.refusal);
  CHECK(peer.receive(address_of(dead_of(name)), 1).front().body.size() == 3'000'000);
  intake.stop();
}

TEST_CASE("a wrong password is told as such and tried again, a corrected one works", "[amqp]") {
  Broker* const broker = Broker::shared();
  if (broker == nullptr) return;
  const std::string name = broker->fresh_queue();
  std::atomic<bool> is_corrected{false};
  queue::Broker place = place_of(broker->url());
  place.access = [&is_corrected] {
    queue::Access access;
    access.user = Broker::kUser;
    access.password = Secret(is_corrected ? std::string(Broker::kPassword) : std::string("wrong"));
    return Result<queue::Access>(std::move(access));
  };
  Intake intake(std::move(place), options_for(name));
  const Error why = intake.wait_lost();
  INFO(why.message());
  CHECK(why.code() == Errc::unauthorized);
  CHECK(why.message().find("wrong") == std::string::npos);
  is_corrected = true;
  intake.wait_attached();
  intake.stop();
}

TEST_CASE("TLS with our CA works, by password or by certificate; without it nothing is sent",
          "[amqp]") {
  Broker* const broker = Broker::shared();
  if (broker == nullptr) return;
  const std::string name = broker->fresh_queue();
  const std::string url = "amqps://localhost:" + std::to_string(broker->tls_port());
  const std::string ca = broker->ca_file().string();
  const std::string pem = broker->client_pem().string();
  queue::Broker place = place_of(url);
  bool is_trusted = true;
  SECTION("by password") {
    place.access = [ca] {
      queue::Access access;
      access.user = Broker::kUser;
      access.password = Secret(std::string(Broker::kPassword));
      access.ca_file = ca;
      return Result<queue::Access>(std::move(access));
    };
  }
  SECTION("by certificate") {
    place.access = [ca, pem] {
      queue::Access access;
      access.ca_file = ca;
      access.key_file = pem;
      return Result<queue::Access>(std::move(access));
    };
  }
  SECTION("without our CA") {
    is_trusted = false;
  }
  SECTION("under another name") {
    is_trusted = false;
    place.endpoint.host = "127.0.0.1";
    place.access = [ca] {
      queue::Access access;
      access.ca_file = ca;
      return Result<queue::Access>(std::move(access));
    };
  }
  Intake intake(std::move(place), options_for(name));
  if (is_trusted) {
    intake.wait_attached();
    intake.stop();
  } else {
    const Error why = intake.wait_lost();
    INFO(why.message());
    CHECK(why.message().find("certificate") != std::string::npos);
    CHECK(intake.listener.attached_count() == 0);
  }
}

TEST_CASE("a broker that is away, or silent, is tried again and again", "[amqp]") {
  const int port = free_port();
  Intake intake(place_of("amqp://127.0.0.1:" + std::to_string(port)), options_for("any"));
  REQUIRE(eventually([&] { return intake.listener.losses().size() >= 3; }));
  CHECK(intake.listener.losses().front().code() == Errc::transient);
  intake.stop();
}

TEST_CASE("an answer is confirmed; an address that is none is told as such and harms no other",
          "[amqp]") {
  Broker* const broker = Broker::shared();
  if (broker == nullptr) return;
  const std::string name = broker->fresh_queue();
  SystemClock clock;
  Answers answers;
  queue::Proactor proactor(clock);
  queue::Publisher publisher(proactor, place_of(broker->url()), fast(), answers);
  const std::string good = address_of(answers_of(name));
  publisher.publish({{1, "/exchange/nowhere/x", "c1", "", "{}"}, {2, good, "c2", "", "{}"}});
  REQUIRE(eventually([&] { return answers.outcomes().size() == 2; }));
  CHECK(answers.outcomes().at(2));
  REQUIRE_FALSE(answers.outcomes().at(1));
  INFO(answers.outcomes().at(1).error().message());
  CHECK(answers.outcomes().at(1).error().code() == Errc::rejected);
  publisher.publish({{3, good, "c3", "", "{\"a\":1}"}});
  REQUIRE(eventually([&] { return answers.outcomes().contains(3); }));
  CHECK(answers.outcomes().at(3));
  const auto received = AmqpPeer(broker->place()).receive(good, 2);
  CHECK(received[0].correlation_id == "c2");
  CHECK(received[1].body == "{\"a\":1}");
  CHECK(received[1].content_type == "application/json");
  proactor.stop();
}

}  // namespace devicebatch::integration
