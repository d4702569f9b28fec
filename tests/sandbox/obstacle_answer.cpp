#include "sandbox/obstacle_answer.hpp"

#include "sandbox/service/token_endpoint.hpp"

#include <array>

namespace devicebatch::sandbox {
namespace {

struct Published {
  unsigned status;
  const char* code;
  const char* description;
};
constexpr std::array<Published, 7> kPublished = {{
    {400, "800002", "Invalid request input."},
    {401, "400", "Access denied."},
    {403, "20002", "The partner has no relationship with the customer."},
    {404, "1000", "Not found."},
    {409, "409", "Conflict."},
    {417, "800036", "Precondition failed."},
    {500, "800003", "An unexpected error occurred. Try again later."},
}};

bool is_from_gateway(unsigned status) {
  return status == 408 || status == 413 || status == 429 || (status >= 502 && status <= 504);
}

std::uint32_t wait_seconds(const Obstacle& obstacle) {
  return obstacle.retry_after_seconds.value_or(1);
}

void add_retry_after(const World& world, const Obstacle& obstacle, Answer& answer) {
  if (obstacle.omits_retry_after) return;
  if (!obstacle.retry_after_seconds && obstacle.status != 429) return;
  const std::chrono::seconds wait(wait_seconds(obstacle));
  answer.add("Retry-After", obstacle.retry_after_is_date ? http_date(world.clock.now_utc() + wait)
                                                         : std::to_string(wait.count()));
}

Answer from_gateway(const Obstacle& obstacle) {
  if (obstacle.status == 429) {
    return gateway_error(429, "Rate limit is exceeded. Try again in " +
                                  std::to_string(wait_seconds(obstacle)) + " seconds.");
  }
  return gateway_error(obstacle.status, "The backend did not answer.");
}

Answer from_service(const Obstacle& obstacle) {
  std::string code = obstacle.code.empty() ? "800003" : obstacle.code;
  std::string description = obstacle.description.empty() ? "Error." : obstacle.description;
  for (const Published& each : kPublished) {
    if (each.status != obstacle.status) continue;
    if (obstacle.code.empty()) code = each.code;
    if (obstacle.description.empty()) description = each.description;
  }
  return service_error(obstacle.status, code, description);
}

Answer status_answer(World& world, const Request& request, const Obstacle& obstacle) {
  if (is_from_gateway(obstacle.status)) return from_gateway(obstacle);
  if (!is_token_request(request)) return from_service(obstacle);
  const std::string word = obstacle.code.empty() ? "temporarily_unavailable" : obstacle.code;
  return token_error(
      world, {obstacle.status, word, 90033, "A transient error has occurred. Please try again."});
}

Answer html_answer(unsigned status) {
  Answer answer;
  answer.status = status;
  answer.is_gateway = true;
  answer.body =
      "<!DOCTYPE html><html><head><title>Service Unavailable</title></head>"
      "<body><h2>Our services aren't available right now</h2></body></html>";
  answer.add("Content-Type", "text/html; charset=us-ascii");
  return answer;
}

Answer silence(Ending ending) {
  Answer answer;
  answer.status = 0;
  answer.is_gateway = true;
  answer.ending = ending;
  return answer;
}

}  // namespace

Answer obstacle_answer(World& world, const Request& request, const Obstacle& obstacle) {
  switch (obstacle.kind) {
    case Obstacle::Kind::drop:
      return silence(Ending::close);
    case Obstacle::Kind::reset:
      return silence(Ending::reset);
    case Obstacle::Kind::html:
      return html_answer(obstacle.status);
    case Obstacle::Kind::expired_token: {
      Answer answer = service_error(401, "400", "Access denied.");
      answer.add("WWW-Authenticate", "OAuth realm=urn:cpsvc:cpid:sandbox");
      return answer;
    }
    case Obstacle::Kind::status:
      break;
  }
  Answer answer = status_answer(world, request, obstacle);
  add_retry_after(world, obstacle, answer);
  return answer;
}

}  // namespace devicebatch::sandbox
