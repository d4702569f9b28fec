#include "sandbox/control/obstacle_answer.hpp"

#include "sandbox/identity/aadsts.hpp"
#include "sandbox/identity/token_endpoint.hpp"

#include <array>
#include <charconv>

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
  return status < 400 || status == 407 || status == 408 || status == 413 || status == 429 ||
         (status >= 502 && status <= 504);
}

std::string wait_text(const Obstacle& obstacle) {
  return obstacle.retry_after.value_or("1");
}

// A text that is no number is no time either: now.
std::chrono::seconds wait_seconds(const Obstacle& obstacle) {
  const std::string text = wait_text(obstacle);
  std::int32_t seconds = 0;
  std::from_chars(text.data(), text.data() + text.size(), seconds);
  return std::chrono::seconds(seconds);
}

void add_retry_after(const World& world, const Obstacle& obstacle, Answer& answer) {
  if (obstacle.omits_retry_after) return;
  if (!obstacle.retry_after && obstacle.status != 429) return;
  const UtcTime then = world.server_time() + wait_seconds(obstacle);
  answer.add("Retry-After", obstacle.retry_after_is_date ? http_date(then) : wait_text(obstacle));
}

Answer from_gateway(const Obstacle& obstacle) {
  if (obstacle.status == 429) {
    return gateway_error(
        429, "Rate limit is exceeded. Try again in " + wait_text(obstacle) + " seconds.");
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
  const std::string text = "A transient error has occurred. Please try again.";
  return token_error(world, {obstacle.status, word, 90033, text});
}

Answer aadsts_answer(World& world, const Obstacle& obstacle) {
  TokenError error = published_token_error(obstacle.aadsts == 0 ? 90033 : obstacle.aadsts);
  if (!obstacle.description.empty()) error.text = obstacle.description;
  if (obstacle.status != 503) error.status = obstacle.status;  // 503 is what nobody has chosen
  return token_error(world, error);
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

Answer spoken_answer(World& world, const Request& request, const Obstacle& obstacle) {
  switch (obstacle.kind) {
    case Obstacle::Kind::html:
      return html_answer(obstacle.status);
    case Obstacle::Kind::aadsts:
      return aadsts_answer(world, obstacle);
    case Obstacle::Kind::expired_token: {
      Answer answer = service_error(401, "400", "Access denied.");
      answer.add("WWW-Authenticate", "OAuth realm=urn:cpsvc:cpid:sandbox");
      return answer;
    }
    default:
      return status_answer(world, request, obstacle);
  }
}

}  // namespace

Answer obstacle_answer(World& world, const Request& request, const Obstacle& obstacle) {
  if (obstacle.kind == Obstacle::Kind::drop) return silence(Ending::close);
  if (obstacle.kind == Obstacle::Kind::reset) return silence(Ending::reset);
  Answer answer = spoken_answer(world, request, obstacle);
  if (obstacle.body) {
    answer.body = *obstacle.body;
    answer.is_gateway = true;  // exactly these bytes
  }
  if (!obstacle.content_type.empty()) {
    answer.remove("Content-Type");
    answer.add("Content-Type", obstacle.content_type);
  }
  for (const Header& each : obstacle.headers) answer.add(each.name, each.value);
  add_retry_after(world, obstacle, answer);
  return answer;
}

}  // namespace devicebatch::sandbox
