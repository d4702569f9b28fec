#include "partner_center/client.hpp"

#include "base/clock.hpp"
#include "partner_center/client_call.hpp"

#include <algorithm>

namespace devicebatch::partner_center {

namespace {

using Bearer = std::shared_ptr<const Secret>;
using std::chrono::milliseconds;

constexpr std::chrono::minutes kTokenMargin{1};
constexpr std::chrono::minutes kLongestInterval{1};
// A job may be unknown right after its upload.
constexpr std::chrono::minutes kJobGrace{2};

// Appends what a page holds and gives the token of the next one.
template <class Page, class Item>
Result<std::string> take_page(Result<Page> page, std::vector<Item> Page::*items,
                              std::vector<Item>& all) {
  if (!page) return fail(std::move(page.error()));
  std::vector<Item>& more = (*page).*items;
  std::move(more.begin(), more.end(), std::back_inserter(all));
  return std::move(page->continuation);
}

Result<void> without_body(const Result<http::Response>& response) {
  if (!response) return fail(response.error());
  return {};
}

}  // namespace

Result<void> Device::update(const DeviceListing& device) const {
  return without_body(call_->send(policy::Call::manage, [&](const CallIds& ids, Bearer bearer) {
    return call_->api().update_device(place_, ids, encode_device(device), std::move(bearer));
  }));
}

Result<void> Device::remove() const {
  return without_body(call_->send(policy::Call::manage, [&](const CallIds& ids, Bearer bearer) {
    return call_->api().delete_device(place_, ids, std::move(bearer));
  }));
}

Result<Job> Devices::create(std::span<const record::Device> devices,
                            std::optional<Uuid> request_id) const {
  const auto make = [&](const CallIds& ids, Bearer bearer) {
    return call_->api().append_devices(customer_, batch_, ids,
                                       encode_devices(call_->body(), devices), std::move(bearer));
  };
  return call_->job_of(customer_, call_->send(policy::Call::append_devices, request_id, make));
}

Result<std::vector<DeviceListing>> Devices::all() const {
  std::vector<DeviceListing> devices;
  const auto make = [&](std::string_view page, const CallIds& ids, Bearer bearer) {
    return call_->api().list_devices(customer_, batch_, page, ids, std::move(bearer));
  };
  const auto take = [&](std::string_view body) {
    return take_page(read_device_page(body), &DevicePage::devices, devices);
  };
  Result<void> read = call_->read_pages(policy::Call::list_devices, make, take);
  if (!read) return fail(std::move(read.error()));
  return devices;
}

Result<Job> DeviceBatches::create(std::string_view batch, std::span<const record::Device> devices,
                                  std::optional<Uuid> request_id) const {
  const auto make = [&](const CallIds& ids, Bearer bearer) {
    return call_->api().create_batch(customer_, ids, encode_batch(call_->body(), batch, devices),
                                     std::move(bearer));
  };
  return call_->job_of(customer_, call_->send(policy::Call::create_batch, request_id, make));
}

Result<std::vector<BatchSummary>> DeviceBatches::all() const {
  std::vector<BatchSummary> batches;
  const auto make = [&](std::string_view page, const CallIds& ids, Bearer bearer) {
    return call_->api().list_batches(customer_, page, ids, std::move(bearer));
  };
  const auto take = [&](std::string_view body) {
    return take_page(read_batch_page(body), &BatchPage::batches, batches);
  };
  Result<void> read = call_->read_pages(policy::Call::list_batches, make, take);
  if (!read) return fail(std::move(read.error()));
  return batches;
}

Result<std::vector<ConfigurationPolicy>> Policies::all() const {
  std::vector<ConfigurationPolicy> policies;
  const auto make = [&](std::string_view page, const CallIds& ids, Bearer bearer) {
    return call_->api().list_policies(customer_, page, ids, std::move(bearer));
  };
  const auto take = [&](std::string_view body) {
    return take_page(read_policy_page(body), &PolicyPage::policies, policies);
  };
  Result<void> read = call_->read_pages(policy::Call::manage, make, take);
  if (!read) return fail(std::move(read.error()));
  return policies;
}

Result<ConfigurationPolicy> Policies::get(std::string_view policy_id) const {
  const auto response = call_->send(policy::Call::manage, [&](const CallIds& ids, Bearer bearer) {
    return call_->api().get_policy(customer_, policy_id, ids, std::move(bearer));
  });
  if (!response) return fail(response.error());
  return read_policy(response->body);
}

Result<ConfigurationPolicy> Policies::create(const ConfigurationPolicy& policy) const {
  const auto response = call_->send(policy::Call::manage, [&](const CallIds& ids, Bearer bearer) {
    return call_->api().create_policy(customer_, ids, encode_policy(policy), std::move(bearer));
  });
  if (!response) return fail(response.error());
  return read_policy(response->body);
}

Result<void> Policies::update(const ConfigurationPolicy& policy) const {
  return without_body(call_->send(policy::Call::manage, [&](const CallIds& ids, Bearer bearer) {
    return call_->api().update_policy(customer_, policy.id, ids, encode_policy(policy),
                                      std::move(bearer));
  }));
}

Result<void> Policies::remove(std::string_view policy_id) const {
  return without_body(call_->send(policy::Call::manage, [&](const CallIds& ids, Bearer bearer) {
    return call_->api().delete_policy(customer_, policy_id, ids, std::move(bearer));
  }));
}

Result<Job> Policies::assign(std::span<const PolicyAssignment> assignments) const {
  const auto make = [&](const CallIds& ids, Bearer bearer) {
    return call_->api().assign_policies(customer_, ids, encode_assignments(assignments),
                                        std::move(bearer));
  };
  return call_->job_of(customer_, call_->send(policy::Call::manage, make));
}

Client::Client(http::Transport& transport, TokenProvider tokens, ApiOptions options, WireBody body)
    : call_(std::make_shared<Call>(transport, std::move(tokens), std::move(options), body)) {}

Result<JobStatus> Client::status(const Job& job) const {
  const auto response =
      call_->send(policy::Call::job_status, [&](const CallIds& ids, Bearer bearer) {
        return call_->api().job_status(job.customer, job.tracking_id, ids, std::move(bearer));
      });
  if (!response) return fail(response.error());
  return read_job_status(response->body);
}

namespace {

bool has_ended(const JobStatus& status) {
  return status.state == JobState::finished || status.state == JobState::finished_with_errors;
}

// Trouble with a question that may have a better answer later. A question has no effect, so one
// whose fate is unknown is asked again.
bool passes(const Error& error, milliseconds waited) {
  switch (error.code()) {
    case Errc::transient:
    case Errc::throttled:
    case Errc::unconfirmed:
    case Errc::corrupt:
      return true;
    case Errc::not_found:
      return waited < kJobGrace;
    default:
      return false;
  }
}

}  // namespace

Result<JobStatus> Client::wait(const Job& job, milliseconds first_interval,
                               const Pause& pause) const {
  milliseconds interval = first_interval;
  milliseconds waited{0};
  while (pause(interval)) {
    waited += interval;
    Result<JobStatus> status = this->status(job);
    if (status && has_ended(*status)) return status;
    if (!status && !passes(status.error(), waited)) return status;
    const milliseconds ceiling = std::max<milliseconds>(first_interval, kLongestInterval);
    interval = std::min(interval * 3 / 2, ceiling);
    if (!status) interval = std::max(interval, status.error().retry_after.value_or(interval));
  }
  return fail(Errc::cancelled, "the job has not ended yet");
}

namespace {

class AppOnlyTokens {
 public:
  AppOnlyTokens(http::Transport& transport, TokenOptions options, Secret secret)
      : transport_(transport), options_(std::move(options)), secret_(std::move(secret)) {}

  Result<std::shared_ptr<const Secret>> operator()() {
    if (token_ && clock_.now_mono() < good_until_) return token_;
    Result<http::Response> response = http::perform(transport_, token_request(options_, secret_));
    if (!response) return fail(std::move(response), "token");
    Result<Token> token = read_token(std::move(*response), clock_.now_utc());
    if (!token) return fail(std::move(token.error()));
    token_ = std::move(token->access);
    good_until_ = clock_.now_mono() + token->lifetime - kTokenMargin;
    return token_;
  }

 private:
  http::Transport& transport_;
  TokenOptions options_;
  Secret secret_;
  SystemClock clock_;
  std::shared_ptr<const Secret> token_;
  MonoTime good_until_;
};

}  // namespace

TokenProvider app_only_tokens(http::Transport& transport, TokenOptions options, Secret secret) {
  // Shared, because a std::function must be one that can be copied and a Secret cannot.
  auto tokens = std::make_shared<AppOnlyTokens>(transport, std::move(options), std::move(secret));
  return [tokens] { return (*tokens)(); };
}

}  // namespace devicebatch::partner_center
