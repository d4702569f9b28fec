// engine/token_keeper.hpp - the access token of one partner account.
//
// Purpose:   performs what flow/token_flow decides: one fetch at a time, everybody else waits for
// it. Threading: the loop's thread. Errors:    Errc::unauthorized when a person must act, otherwise
// Errc::transient or throttled; in both
//            cases blocked_until() says when asking again makes sense.
#pragma once

#include "engine/context.hpp"
#include "flow/token_flow.hpp"
#include "partner_center/token.hpp"

#include <memory>

namespace devicebatch::engine {

struct HeldToken {
  std::shared_ptr<const Secret> access;
  std::uint64_t generation = 0;
};

class TokenKeeper {
 public:
  TokenKeeper(Context& context, const settings::Account& account);

  asio::awaitable<Result<HeldToken>> token();
  // The service answered 401 to this token.
  void refused(const HeldToken& token);
  // The secret may have changed: forget past failures.
  void reset() { flow_.reset(); }

  // When asking makes sense again; the epoch when it does already.
  UtcTime blocked_until() const;
  const std::string& account_name() const { return account_.name; }

 private:
  HeldToken held() const;
  asio::awaitable<bool> fetch();
  asio::awaitable<Result<partner_center::Token>> ask_for_token();

  Context& context_;
  settings::Account account_;
  partner_center::TokenOptions options_;
  flow::TokenFlow flow_;
  LoopTimer fetched_;  // cancelled whenever a fetch ends, which wakes all who joined
  std::shared_ptr<const Secret> access_;
  bool was_refused_ = false;  // so that the log says it once
};

}  // namespace devicebatch::engine
