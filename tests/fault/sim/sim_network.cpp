#include "fault/sim/sim_network.hpp"

#include <algorithm>

namespace devicebatch::sim {
namespace {

using namespace std::chrono_literals;

std::string id_of(const http::Request& request) {
  for (const http::Header& header : request.headers) {
    if (header.name == "MS-RequestId") return header.value;
  }
  return {};
}

bool is_upload(const http::Request& request) {
  return request.method == "POST" && !request.secret_body;
}

}  // namespace

SimNetwork::SimNetwork(Agenda& agenda, Dice& dice, const NetworkPlan& plan, SimServer& server,
                       Oracle& oracle)
    : agenda_(agenda), dice_(dice), plan_(plan), server_(server), oracle_(oracle) {}

Error SimNetwork::lost() const {
  const bool lies = sabotage_ == Sabotage::forget_unconfirmed;
  return Error(lies ? Errc::transient : Errc::unconfirmed, "no reply, as simulated");
}

void SimNetwork::leave(http::Request& request) {
  const std::string id = id_of(request);
  if (sabotage_ == Sabotage::new_id_for_resend && !seen_ids_.insert(id).second) {
    const std::string other = Uuid::random(dice_.random()).to_string();
    for (http::Header& header : request.headers) {
      if (header.name == "MS-RequestId") header.value = other;
    }
  }
  oracle_.post_left(request, *read_upload(request));
  if (on_post) on_post();
}

void SimNetwork::start(http::Request request, http::Completion completion) {
  const Client client = ++last_;
  clients_.emplace(client, std::move(completion));
  if (tell) tell("  network: " + request.method + " " + request.url + " " + id_of(request));
  if (is_parted || is_unlucky(plan_.refused)) {
    // Whoever is cut off mostly learns so before anything left.
    if (!is_parted || dice_.chance(0.7)) {
      return answer_in(dice_.time(1ms, 3s), client,
                       Error(Errc::transient, "refused, as simulated"));
    }
  }
  if (is_upload(request)) leave(request);
  auto shared = std::make_shared<const http::Request>(std::move(request));
  answer_in(plan_.reply_timeout, client, lost());
  if (is_parted || is_unlucky(plan_.lost_before)) {
    if (dice_.chance(0.5)) answer_in(dice_.time(1ms, 2s), client, lost());
    return;
  }
  const bool is_held_up = is_unlucky(plan_.held_up);
  const milliseconds delay =
      is_held_up ? dice_.time(100ms, plan_.longest_stay) : dice_.time(1ms, 80ms);
  if (is_held_up && dice_.chance(0.5)) answer_in(dice_.time(1ms, 2s), client, lost());
  deliver_in(delay, client, shared);
  if (is_upload(*shared) && is_unlucky(plan_.doubled)) {
    oracle_.will_be_doubled(id_of(*shared));
    deliver_in(dice_.time(1ms, plan_.longest_stay), 0, shared);
  }
}

void SimNetwork::deliver_in(milliseconds delay, Client client,
                            std::shared_ptr<const http::Request> request) {
  if (is_upload(*request)) oracle_.copy_under_way(id_of(*request), 1);
  agenda_.in(delay, [this, client, request] {
    if (is_upload(*request)) oracle_.copy_under_way(id_of(*request), -1);
    arrive(client, *request);
  });
}

void SimNetwork::arrive(Client client, const http::Request& request) {
  if (is_parted) return;
  http::Response response = server_.handle(request);
  if (tell) {
    tell("  network: " + std::to_string(response.status) + " for " + request.method + " " +
         id_of(request));
  }
  if (is_unlucky(plan_.lost_after)) {
    if (dice_.chance(0.7)) answer_in(dice_.time(1ms, 500ms), client, lost());
    return;
  }
  const milliseconds delay =
      is_unlucky(plan_.held_up) ? dice_.time(100ms, plan_.longest_stay) : dice_.time(1ms, 80ms);
  agenda_.in(delay, [this, client, response = std::move(response)]() mutable {
    if (is_parted) return;
    answer(client, std::move(response));
  });
}

void SimNetwork::answer_in(milliseconds delay, Client client, Error error) {
  agenda_.in(delay, [this, client, error = std::move(error)]() mutable {
    answer(client, fail(std::move(error)));
  });
}

void SimNetwork::answer(Client client, Result<http::Response> response) {
  auto waiting = clients_.extract(client);
  if (waiting.empty()) return;
  waiting.mapped()(std::move(response));
}

}  // namespace devicebatch::sim
