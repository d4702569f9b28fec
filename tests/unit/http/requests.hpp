// unit/http/requests.hpp - requests and answers that the tests of the transport share.
#pragma once

#include "http/curl_transport.hpp"
#include "support/http_server.hpp"

#include <future>
#include <memory>
#include <string>

namespace devicebatch::http {

using support::Answer;
using support::HttpServer;
using support::ServedRequest;

inline CurlOptions quick_options() {
  CurlOptions options;
  options.allows_plain_http = true;
  options.connect_timeout = std::chrono::seconds(2);
  options.total_timeout = std::chrono::seconds(10);
  return options;
}

inline Request get(std::string url) {
  Request request;
  request.url = std::move(url);
  return request;
}

inline Request post(std::string url, std::string body) {
  Request request = get(std::move(url));
  request.method = "POST";
  request.body = std::move(body);
  request.headers.emplace_back("Content-Type", "application/json");
  return request;
}

inline Answer ending(Answer answer, Answer::Ending how) {
  answer.ending = how;
  return answer;
}

inline Answer nothing(Answer::Ending how, bool reads_body = true) {
  Answer answer;
  answer.ending = how;
  answer.reads_body = reads_body;
  return answer;
}

using Future = std::future<Result<Response>>;

inline Future begin(Transport& transport, Request request) {
  auto promise = std::make_shared<std::promise<Result<Response>>>();
  Future future = promise->get_future();
  transport.start(std::move(request),
                  [promise](Result<Response> result) { promise->set_value(std::move(result)); });
  return future;
}

}  // namespace devicebatch::http
