// flow/token_flow.hpp - one token for many callers, fetched once.
//
// Purpose:   says whether to use the held token, fetch a new one, or wait.
// Lifecycle: one object for one account.
// Threading: one thread.
// Units:     MonoTime: a jump of the wall clock neither ends nor prolongs a token.
// Source:    docs/architecture.md, "Tokens". Renewal comes early and at a random time, so that many
//            daemons started together do not ask together; at most one fetch is under way; a token
//            that the service refused is not used again.
#pragma once

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/random.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace devicebatch::flow {

class TokenFlow {
 public:
  TokenFlow(std::chrono::milliseconds margin, std::chrono::milliseconds first_delay,
            std::chrono::milliseconds longest_delay)
      : margin_(margin), first_delay_(first_delay), longest_delay_(longest_delay) {}

  enum class Need {
    use,    // the held token is good
    fetch,  // fetch one; everybody else is told to join
    join,   // a fetch is under way: wait for its end and ask again
    wait,   // the last fetch failed: not before blocked_until()
  };
  // A token in its last minutes is renewed by one caller; the others use it meanwhile, and so does
  // everybody when the renewal fails.
  Need need(MonoTime now);
  // Renew although nobody asked: true when the caller is to fetch now.
  bool try_renew(MonoTime now);

  void fetched(std::chrono::seconds lifetime, MonoTime now, Random& random);
  // `retry_after` is the token service's own wish.
  void failed(const Error& error, MonoTime now, Random& random);
  // The service refused the token of this generation; a newer one is not affected. The first is
  // replaced at once; a service that goes on refusing tokens just made is asked less and less.
  void refused(std::uint64_t generation, MonoTime now, Random& random);
  // Forget the failure: the secret was replaced, or an operator asked.
  void reset();

  // Counts the tokens fetched; the current token's number.
  std::uint64_t generation() const { return generation_; }
  std::optional<MonoTime> blocked_until() const { return blocked_until_; }
  // A person must act: the identity service said that the credentials are wrong.
  bool is_refused() const { return is_refused_; }
  const std::string& last_error() const { return last_error_; }

 private:
  std::chrono::milliseconds delay_after(int failures, Random& random) const;

  std::chrono::milliseconds margin_;
  std::chrono::milliseconds first_delay_;
  std::chrono::milliseconds longest_delay_;
  std::uint64_t generation_ = 0;
  bool is_fetching_ = false;
  bool is_refused_ = false;
  int failures_ = 0;
  int young_refusals_ = 0;  // tokens in a row that were refused when just made
  MonoTime fetched_at_{};
  std::optional<MonoTime> renew_at_;       // set while a token is held
  MonoTime ends_at_{};                     // of the token that is held
  std::optional<MonoTime> blocked_until_;  // set after a failure
  std::string last_error_;
};

}  // namespace devicebatch::flow
