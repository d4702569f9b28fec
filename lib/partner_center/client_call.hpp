// partner_center/client_call.hpp - one request of the client and what its answer means.
//
// Purpose:   what the classes of client.hpp share; no other module includes this file.
// Threading: one thread at a time; blocks it.
// Errors:    see client.hpp. From policy/classify, so that client and daemon agree.
// Source:    docs/protocol.md, "Errors".
#pragma once

#include "partner_center/client.hpp"
#include "policy/classify.hpp"

namespace devicebatch::partner_center {

class Call {
 public:
  Call(http::Transport& transport, TokenProvider tokens, ApiOptions options, WireBody body)
      : transport_(transport),
        tokens_(std::move(tokens)),
        base_url_(options.base_url),
        api_(std::move(options)),
        body_(body) {}

  const Api& api() const { return api_; }
  WireBody body() const { return body_; }

  // `make` is called as make(ids, bearer) and gives the http::Request.
  template <class Make>
  Result<http::Response> send(policy::Call kind, Make make) {
    return send(kind, std::nullopt, make);
  }
  template <class Make>
  Result<http::Response> send(policy::Call kind, std::optional<Uuid> request_id, Make make) {
    Result<std::shared_ptr<const Secret>> token = tokens_();
    if (!token) return fail(std::move(token.error()));
    const CallIds ids = new_ids(request_id);
    return judge(kind, http::perform(transport_, make(ids, std::move(*token))));
  }

  // The job of an accepted request.
  Result<Job> job_of(const Uuid& customer, const Result<http::Response>& response) const;

  // Asks for page after page. `make` is called as make(continuation, ids, bearer); `take` as
  // take(body) and gives the token of the next page.
  template <class Make, class Take>
  Result<void> read_pages(policy::Call kind, Make make, Take take) {
    PageGuard guard;
    std::string continuation;
    do {
      const auto make_page = [&](const CallIds& ids, std::shared_ptr<const Secret> bearer) {
        return make(continuation, ids, std::move(bearer));
      };
      const Result<http::Response> response = send(kind, make_page);
      if (!response) return fail(response.error());
      Result<std::string> next = take(response->body);
      if (!next) return fail(std::move(next.error()));
      continuation = std::move(*next);
    } while (guard.is_new(continuation));
    if (guard.is_cut()) return fail(Errc::corrupt, "a listing of the service does not end");
    return {};
  }

 private:
  CallIds new_ids(std::optional<Uuid> request_id);
  Result<http::Response> judge(policy::Call kind, Result<http::Response> response) const;

  http::Transport& transport_;
  TokenProvider tokens_;
  std::string base_url_;
  Api api_;
  WireBody body_;
  SystemRandom random_;
  SystemClock clock_;
};

}  // namespace devicebatch::partner_center
