#include "integration/queue/queue_site.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <catch2/catch.hpp>

namespace devicebatch::integration {

namespace fs = std::filesystem;
namespace json = boost::json;

QueueSite::QueueSite(Broker& broker, const std::string& keys, SiteOptions options,
                     const std::string& place)
    : broker_(broker), queue_(broker.fresh_queue()) {
  options.more +=
      "queues:\n  - {name: mes, url: \"amqp://" + (place.empty() ? broker.place() : place) +
      "\", allow_plain: true, address: " + address_of(queue_) + ", user: " + Broker::kUser +
      ", password: {file: DIR/broker-password}, path: DIR/mes, destination: line" + keys + "}\n";
  site_ = std::make_unique<Site>(std::move(options));
  const fs::path secret = site_->dir() / "broker-password";
  support::write_file(secret, std::string(Broker::kPassword) + "\n");
  fs::permissions(secret, fs::perms::owner_read);
}

void QueueSite::send(const std::vector<OutMessage>& messages) const {
  AmqpPeer(broker_.place()).send(address_of(queue_), messages);
}

std::vector<InMessage> QueueSite::receive_dead(std::size_t count) const {
  return AmqpPeer(broker_.place()).receive(address_of(dead_of(queue_)), count);
}

json::object QueueSite::report() const {
  return site_->status().at("queues").as_array().at(0).as_object();
}

std::int64_t QueueSite::reported(const char* count) const {
  return report().at(count).to_number<std::int64_t>();
}

void QueueSite::wait_connected() const {
  REQUIRE(eventually([this] { return report().at("is_connected").as_bool(); }));
}

void QueueSite::check_empty() const {
  const auto in_hand = [this] { return reported("in_flight"); };
  CHECK(eventually([&] { return in_hand() == 0; }));
  CHECK(broker_.count(queue_) == 0);
}

OutMessage message_of(std::uint64_t start, std::uint64_t rows, std::string id) {
  OutMessage message;
  message.body = rows_of(start, rows);
  message.id = std::move(id);
  return message;
}

}  // namespace devicebatch::integration
