#include "http/transport.hpp"

#include "base/text.hpp"

#include <future>

namespace devicebatch::http {

std::string_view Response::header(std::string_view name) const {
  for (const Header& candidate : headers) {
    if (equals_ignoring_case(candidate.name, name)) return candidate.value;
  }
  return {};
}

Result<Response> perform(Transport& transport, Request request) {
  // Shared, because the completion may still be inside set_value when this thread has its answer.
  auto promise = std::make_shared<std::promise<Result<Response>>>();
  std::future<Result<Response>> answer = promise->get_future();
  transport.start(std::move(request),
                  [promise](Result<Response> result) { promise->set_value(std::move(result)); });
  return answer.get();
}

}  // namespace devicebatch::http
