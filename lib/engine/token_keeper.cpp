#include "engine/token_keeper.hpp"

#include "policy/retry.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

namespace devicebatch::engine {
namespace {

using std::chrono::milliseconds;

// Between looks at whether a refused secret was replaced: a few stat calls.
constexpr milliseconds kSecretLook{5'000};
// Between looks at what is about to end, at most.
constexpr milliseconds kLongestWatch{3'600'000};

// Of a confidential client; the service does not say it.
constexpr std::chrono::days kRefreshTokenLife{90};

}  // namespace

TokenKeeper::TokenKeeper(Context& context, const settings::Account& account)
    : context_(context),
      account_(account),
      options_(token_options(context.settings.service, account)),
      flow_(context.settings.delivery.token_margin, context.settings.delivery.retry_first,
            context.settings.delivery.retry_ceiling),
      fetched_(context.loop, MonoTime::max()),
      watch_(context.loop.get_executor()) {}

asio::awaitable<Result<HeldToken>> TokenKeeper::token() {
  for (;;) {
    switch (flow_.need(context_.clock.now_mono())) {
      case flow::TokenFlow::Need::use:
        co_return held();
      case flow::TokenFlow::Need::fetch: {
        // Good for this call, however short it lives: asking again at once would never end.
        const bool is_fetched = co_await fetch();
        if (is_fetched) co_return held();
        break;
      }
      case flow::TokenFlow::Need::join: {
        constexpr auto token = asio::as_tuple(asio::use_awaitable);
        co_await fetched_.async_wait(token);
        break;
      }
      case flow::TokenFlow::Need::wait:
        if (flow_.is_refused() && has_new_secrets()) {
          flow_.reset();
          break;
        }
        look_at_ = context_.clock.now_mono() + kSecretLook;
        co_return fail(flow_.is_refused() ? Errc::unauthorized : Errc::transient,
                       flow_.last_error());
    }
  }
}

HeldToken TokenKeeper::held() const {
  HeldToken token;
  token.access = access_;
  token.generation = flow_.generation();
  return token;
}

bool TokenKeeper::has_new_secrets() {
  settings::FilesStamp stamp = stamp_of_secrets(account_, context_.credentials_directory);
  if (stamp == refused_stamp_) return false;
  refused_stamp_ = std::move(stamp);
  const auto secrets = read_account_secrets(account_, context_.credentials_directory);
  // What cannot be read is worth a try too: it says what is wrong now.
  const bool is_new = !secrets || secrets->fingerprint() != refused_fingerprint_;
  if (is_new) {
    log(context_.log, LogLevel::info, "token.secret_changed", "", {{"account", account_.name}});
  }
  return is_new;
}

asio::awaitable<bool> TokenKeeper::fetch() {
  Result<partner_center::Token> token = co_await ask_for_token();
  context_.observer.token_refresh(token.has_value());
  const MonoTime now = context_.clock.now_mono();
  if (token) {
    access_ = token->access;
    flow_.fetched(token->lifetime, now, context_.random);
    was_refused_ = false;
    used_at_ = context_.clock.now_utc();
    log(context_.log, LogLevel::info, "token.fetched", "",
        {{"account", account_.name}, {"lifetime_s", token->lifetime.count()}});
  } else {
    auto& wish = token.error().retry_after;
    if (wish) wish = std::min(*wish, context_.settings.delivery.retry_after_cap);
    flow_.failed(token.error(), now, context_.random);
    look_at_ = now + kSecretLook;
    const LogLevel level =
        flow_.is_refused() && !was_refused_ ? LogLevel::error : LogLevel::warning;
    was_refused_ = flow_.is_refused();
    log(context_.log, level, "token.failed", token.error().message(),
        {{"account", account_.name}, {"reason", to_string(token.error().code())}});
  }
  fetched_.cancel();
  co_return token.has_value();
}

asio::awaitable<TokenAsking> TokenKeeper::prepare() {
  const ProofMoment moment(context_.clock.now_utc(), Uuid::random(context_.random));
  TokenAsking asking;
  std::function<void()> work = [&] {
    asking = prepare_asking(account_, options_, context_.credentials_directory, moment);
  };
  co_await run_on_worker(context_.workers, work);
  warn_of_ends(asking);
  co_return asking;
}

asio::awaitable<Result<partner_center::Token>> TokenKeeper::ask_for_token() {
  TokenAsking asking = co_await prepare();
  if (!asking.request) {
    remember_refusal(asking);
    co_return fail(std::move(asking.request.error()));
  }
  const MonoTime started = context_.clock.now_mono();
  const UtcTime sent = context_.clock.now_utc();
  Result<http::Response> response =
      co_await exchange(context_.transport, std::move(*asking.request));
  const auto took = context_.clock.now_mono() - started;
  context_.observer.http_exchange("token", response ? response->status : 0, took);
  if (!response) co_return fail(Errc::transient, response.error().message());
  const UtcTime received = context_.clock.now_utc();
  compare_clocks(*response, sent, received);
  Result<partner_center::Token> token = partner_center::read_token(std::move(*response), received);
  if (!token) {
    if (token.error().code() == Errc::unauthorized) remember_refusal(asking);
    co_return fail(explained(std::move(token.error())));
  }
  co_await keep(asking, *token);
  co_return token;
}

// Before the access token is used: whatever happens after this, the refresh token that the identity
// service gave last is on disk.
asio::awaitable<void> TokenKeeper::keep(const TokenAsking& asking,
                                        const partner_center::Token& token) {
  Result<void> kept;
  std::function<void()> work = [&] { kept = keep_refresh_token(account_, asking, token); };
  co_await run_on_worker(context_.workers, work);
  if (kept) co_return;
  const bool was_faster = kept.error().code() == Errc::busy;
  log(context_.log, was_faster ? LogLevel::info : LogLevel::error, "token.refresh_token_not_stored",
      kept.error().message() + "; the refresh token that is there stays in use",
      {{"account", account_.name}});
}

void TokenKeeper::remember_refusal(const TokenAsking& asking) {
  refused_stamp_ = asking.stamp;
  refused_fingerprint_ = asking.fingerprint;
}

Error TokenKeeper::explained(Error error) const {
  const bool is_spoilt = account_.certificate.is_set() && skew_.spoils_assertions();
  if (error.code() != Errc::unauthorized || !is_spoilt) return error;
  return Error(error.code(),
               flow::describe_skew(skew_.ahead()) +
                   ", so what the certificate signs is not valid there; "
                   "set the clock (timedatectl). " +
                   error.message(),
               error.native());
}

void TokenKeeper::compare_clocks(const http::Response& response, UtcTime sent, UtcTime received) {
  const auto date = policy::parse_http_date(response.header("Date"));
  if (!date) return;
  const std::chrono::seconds ahead = flow::ahead_of(*date, sent, received);
  const flow::ClockSkew::Change change = skew_.observe(ahead);
  if (change == flow::ClockSkew::Change::none) return;
  const bool is_wrong = change == flow::ClockSkew::Change::wrong;
  log(context_.log, is_wrong ? LogLevel::warning : LogLevel::info,
      is_wrong ? "clock.wrong" : "clock.right", is_wrong ? flow::describe_skew(ahead) : "",
      {{"account", account_.name}, {"ahead_s", ahead.count()}});
}

void TokenKeeper::warn_of_ends(const TokenAsking& asking) {
  const UtcTime now = context_.clock.now_utc();
  if (asking.certificate_ends) {
    const UtcTime end = *asking.certificate_ends;
    context_.observer.credential_ends(account_.name, "certificate", end);
    if (const auto days = ends_.certificate(end, now)) {
      log(context_.log, *days <= 3 ? LogLevel::error : LogLevel::warning, "token.certificate_ends",
          "the certificate ends on " + format_utc(end) +
              "; register a new one in Entra ID and put it in its place",
          {{"account", account_.name}, {"days_left", *days}});
    }
  }
  if (asking.refreshed_at) {
    const UtcTime end = *asking.refreshed_at + kRefreshTokenLife;
    context_.observer.credential_ends(account_.name, "refresh_token", end);
    const auto days =
        ends_.refresh_token(*asking.refreshed_at, account_.refresh_token_max_age, now);
    if (days) {
      log(context_.log, LogLevel::error, "token.refresh_token_old",
          "the refresh token is not renewed and ends 90 days after its issue; fix: devicebatchd "
          "login " +
              account_.name,
          {{"account", account_.name}, {"days_old", *days}});
    }
  }
}

bool TokenKeeper::must_be_used(const TokenAsking& asking) {
  if (!asking.request || account_.mode == settings::AccountMode::app_only) return false;
  const UtcTime used = std::max(used_at_, asking.refreshed_at.value_or(UtcTime()));
  const double share = 1.0 - 0.1 * context_.random.unit();
  const auto limit = milliseconds(
      static_cast<std::int64_t>(static_cast<double>(account_.keep_alive.count()) * share));
  return context_.clock.now_utc() - used >= limit;
}

milliseconds TokenKeeper::watch_interval() const {
  return std::min(kLongestWatch, account_.keep_alive / 10);
}

asio::awaitable<void> TokenKeeper::keep_alive_loop() {
  // A secret has no date.
  const bool has_end =
      account_.certificate.is_set() || account_.mode == settings::AccountMode::app_user;
  while (has_end && !is_stopping_) {
    TokenAsking asking = co_await prepare();
    const bool is_due = must_be_used(asking) && flow_.try_renew(context_.clock.now_mono());
    if (is_due) co_await fetch();
    if (is_stopping_) co_return;
    const std::optional<milliseconds> at_most = watch_interval();
    co_await watch_.wait_for(at_most);
  }
}

void TokenKeeper::stop() {
  is_stopping_ = true;
  watch_.raise();
}

void TokenKeeper::refused(const HeldToken& token) {
  flow_.refused(token.generation, context_.clock.now_mono(), context_.random);
}

UtcTime TokenKeeper::blocked_until() const {
  const auto blocked = flow_.blocked_until();
  if (!blocked) return UtcTime();
  // A refused secret may have been replaced: somebody is to ask, and token() looks.
  const MonoTime until = flow_.is_refused() ? std::min(*blocked, look_at_) : *blocked;
  const auto left = std::chrono::ceil<milliseconds>(until - context_.clock.now_mono());
  if (left <= milliseconds(0)) return UtcTime();
  return context_.clock.now_utc() + left;
}

}  // namespace devicebatch::engine
