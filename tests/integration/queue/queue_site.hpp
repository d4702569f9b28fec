// integration/queue/queue_site.hpp - a factory whose submissions come by message.
//
// Purpose:   a Site with one queue, over the shared broker.
// Lifecycle: as Site.
#pragma once

#include "integration/device_rows.hpp"
#include "integration/queue/amqp_peer.hpp"
#include "integration/queue/broker.hpp"
#include "integration/site.hpp"

#include <memory>

namespace devicebatch::integration {

class QueueSite {
 public:
  // `keys` are more keys of the queue, each preceded by ", ". `place` is where the daemon finds the
  // broker; empty: where it is.
  explicit QueueSite(Broker& broker, const std::string& keys = "", SiteOptions options = {},
                     const std::string& place = "");

  Site& site() { return *site_; }
  const Site& site() const { return *site_; }
  const std::string& queue() const { return queue_; }
  std::string answers() const { return address_of(answers_of(queue_)); }
  std::filesystem::path folder() const { return site_->dir() / "mes"; }

  void send(const std::vector<OutMessage>& messages) const;
  void send_one(OutMessage message) const { send({std::move(message)}); }
  std::vector<InMessage> receive_dead(std::size_t count) const;
  // The queue as `status` shows it.
  boost::json::object report() const;
  std::int64_t reported(const char* count) const;
  void wait_connected() const;
  // Every message is settled: none waits at the broker, none is in hand.
  void check_empty() const;

 private:
  Broker& broker_;
  const std::string queue_;
  std::unique_ptr<Site> site_;
};

// `rows` rows of devices `start` and on, as one message.
OutMessage message_of(std::uint64_t start, std::uint64_t rows, std::string id = {});

}  // namespace devicebatch::integration
