#include "partner_center/client_call.hpp"

#include "policy/retry.hpp"

namespace devicebatch::partner_center {

namespace {

Errc code_of(policy::Reaction reaction) {
  switch (reaction) {
    case policy::Reaction::wait:
      return Errc::throttled;
    case policy::Reaction::unconfirmed:
    case policy::Reaction::look:
      return Errc::unconfirmed;
    case policy::Reaction::refresh_token:
      return Errc::unauthorized;
    case policy::Reaction::pause_destination:
    case policy::Reaction::pause_account:
      return Errc::forbidden;
    case policy::Reaction::batch_missing:
    case policy::Reaction::job_missing:
      return Errc::not_found;
    case policy::Reaction::batch_exists:
      return Errc::busy;
    case policy::Reaction::split:
    case policy::Reaction::halve:
    case policy::Reaction::refuse:
      return Errc::rejected;
    default:
      return Errc::transient;
  }
}

std::string message_of(const http::Response& response, const ServiceError& error,
                       std::string_view advice) {
  std::string message = "HTTP " + std::to_string(response.status);
  if (!error.code.empty()) message += " code " + error.code;
  if (!error.description.empty()) message += ": " + error.description;
  if (!advice.empty()) message += " - " + std::string(advice);
  return message;
}

}  // namespace

CallIds Call::new_ids(std::optional<Uuid> request_id) {
  return {request_id ? *request_id : Uuid::random(random_), Uuid::random(random_)};
}

Result<http::Response> Call::judge(policy::Call kind, Result<http::Response> response) const {
  if (!response) return response;
  const ServiceError service = read_error(*response);
  const auto row = policy::classify(kind, response->status, service.code);
  if (row.reaction == policy::Reaction::accept) return response;
  const Errc code = response->status == 404 ? Errc::not_found : code_of(row.reaction);
  Error error(code, message_of(*response, service, row.advice), response->status);
  error.retry_after = policy::parse_retry_after(response->header("Retry-After"), clock_.now_utc());
  return fail(std::move(error));
}

Result<Job> Call::job_of(const Uuid& customer, const Result<http::Response>& response) const {
  if (!response) return fail(response.error());
  const auto tracking_id = read_tracking_id(*response, base_url_);
  if (!tracking_id) {
    return fail(Errc::unconfirmed, "accepted, but nobody said where the job can be watched");
  }
  return Job{customer, *tracking_id};
}

}  // namespace devicebatch::partner_center
