// engine/token_keeper.hpp - the access token of one partner account.
//
// Purpose:   performs what flow/token_flow decides: one fetch at a time, everybody else waits for
//            it. Secrets are read again for each; a refresh token that comes back is stored before
//            its access token is used.
// Threading: the loop's thread.
// Errors:    Errc::unauthorized when a person must act, otherwise Errc::transient; in both cases
//            blocked_until() says when asking again makes sense. A secret that was replaced on disk
//            is noticed then.
#pragma once

#include "engine/account_access.hpp"
#include "engine/async.hpp"
#include "engine/context.hpp"
#include "flow/clock_skew.hpp"
#include "flow/credential_watch.hpp"
#include "flow/token_flow.hpp"

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

  // Uses the refresh token in time although nothing is to be sent, and says in time what is about
  // to end. Returns after stop().
  asio::awaitable<void> keep_alive_loop();
  void stop();

  // When asking makes sense again; the epoch when it does already.
  UtcTime blocked_until() const;
  const std::string& account_name() const { return account_.name; }

 private:
  HeldToken held() const;
  bool has_new_secrets();
  asio::awaitable<bool> fetch();
  asio::awaitable<TokenAsking> prepare();
  asio::awaitable<Result<partner_center::Token>> ask_for_token();
  asio::awaitable<void> keep(const TokenAsking& asking, const partner_center::Token& token);
  Error explained(Error error) const;
  void remember_refusal(const TokenAsking& asking);
  void compare_clocks(const http::Response& response, UtcTime sent, UtcTime received);
  void warn_of_ends(const TokenAsking& asking);
  bool must_be_used(const TokenAsking& asking);
  std::chrono::milliseconds watch_interval() const;

  Context& context_;
  settings::Account account_;
  partner_center::TokenOptions options_;
  flow::TokenFlow flow_;
  LoopTimer fetched_;  // cancelled whenever a fetch ends, which wakes all who joined
  std::shared_ptr<const Secret> access_;
  bool was_refused_ = false;  // so that the log says it once
  // Of the last request that was refused or could not be made.
  settings::FilesStamp refused_stamp_;
  std::string refused_fingerprint_;
  MonoTime look_at_{};  // when to look for a new secret
  flow::ClockSkew skew_;
  flow::CredentialWatch ends_;
  UtcTime used_at_{};  // when a token was last fetched
  Wakeup watch_;
  bool is_stopping_ = false;
};

}  // namespace devicebatch::engine
