#include "engine/control/policy_job.hpp"

#include "base/text.hpp"
#include "engine/control/service_rows.hpp"
#include "partner_center/replies.hpp"

#include <boost/json/array.hpp>

#include <algorithm>

namespace devicebatch::engine {
namespace {

namespace json = boost::json;

json::object job_json(const partner_center::JobStatus& status) {
  json::array rows;
  std::size_t done = 0;
  std::size_t failed = 0;
  for (const partner_center::DeviceStatus& device : status.devices) {
    json::object row = job_device_row(device);
    if (row.at("outcome") == "done") ++done;
    if (row.at("outcome") == "failed") ++failed;
    rows.push_back(std::move(row));
  }
  return {{"state", printable(status.raw_state)},
          {"is_over", is_over(status.state)},
          {"done", done},
          {"failed", failed},
          {"rows", std::move(rows)}};
}

}  // namespace

asio::awaitable<json::object> follow_job(Context& context, const ServicePlace& place,
                                         Uuid tracking_id, std::chrono::milliseconds limit) {
  const partner_center::Api api = make_api(context.settings);
  const settings::Delivery& delivery = context.settings.delivery;
  const MonoTime deadline = context.clock.now_mono() + limit;
  std::chrono::milliseconds pause = delivery.poll_first;
  json::object job;
  job["is_over"] = false;
  for (;;) {
    MakeQuestion make = [&](const partner_center::CallIds& ids,
                            std::shared_ptr<const Secret> bearer) {
      return api.job_status(place.destination().customer, tracking_id, ids, std::move(bearer));
    };
    constexpr auto kCall = policy::Call::job_status;
    Result<ServiceReply> reply =
        co_await question_service(context, place.destination(), kCall, make);
    if (reply) {
      Result<partner_center::JobStatus> status =
          partner_center::read_job_status(reply->response.body);
      if (status) job = job_json(*status);
    } else {
      job["last_error"] = reply.error().message();
    }
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - context.clock.now_mono());
    if (job.at("is_over").as_bool() || left.count() <= 0) break;
    const std::chrono::milliseconds wait = std::min(pause, left);
    co_await pause_for(wait);
    pause = std::min(pause * 2, delivery.poll_ceiling);
  }
  job["tracking_id"] = tracking_id.to_string();
  co_return job;
}

}  // namespace devicebatch::engine
