#include "engine/token_keeper.hpp"

#include "settings/read_secret.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace devicebatch::engine {

TokenKeeper::TokenKeeper(Context& context, const settings::Account& account)
    : context_(context),
      account_(account),
      flow_(context.settings.delivery.token_margin, context.settings.delivery.retry_first,
            context.settings.delivery.retry_ceiling),
      fetched_(context.loop, MonoTime::max()) {
  options_.authority_url = context.settings.service.authority_url;
  options_.resource = context.settings.service.resource;
  options_.tenant = account.tenant;
  options_.client_id = account.client_id;
}

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

asio::awaitable<bool> TokenKeeper::fetch() {
  Result<partner_center::Token> token = co_await ask_for_token();
  context_.observer.token_refresh(token.has_value());
  if (token) {
    access_ = token->access;
    flow_.fetched(token->lifetime, context_.clock.now_mono(), context_.random);
    was_refused_ = false;
    log(context_.log, LogLevel::info, "token.fetched", "",
        {{"account", account_.name}, {"lifetime_s", token->lifetime.count()}});
  } else {
    flow_.failed(token.error(), context_.clock.now_mono(), context_.random);
    const LogLevel level =
        flow_.is_refused() && !was_refused_ ? LogLevel::error : LogLevel::warning;
    was_refused_ = flow_.is_refused();
    log(context_.log, level, "token.failed", token.error().message(),
        {{"account", account_.name}, {"reason", to_string(token.error().code())}});
  }
  fetched_.cancel();
  co_return token.has_value();
}

asio::awaitable<Result<partner_center::Token>> TokenKeeper::ask_for_token() {
  Result<Secret> secret =
      settings::read_secret(account_.client_secret, context_.credentials_directory);
  if (!secret) co_return fail(Errc::unauthorized, secret.error().message());
  http::Request request = partner_center::token_request(options_, *secret);
  const MonoTime started = context_.clock.now_mono();
  Result<http::Response> response = co_await exchange(context_.transport, std::move(request));
  const auto took = context_.clock.now_mono() - started;
  context_.observer.http_exchange("token", response ? response->status : 0, took);
  if (!response) co_return fail(Errc::transient, response.error().message());
  const UtcTime now = context_.clock.now_utc();
  Result<partner_center::Token> token = partner_center::read_token(std::move(*response), now);
  co_return token;
}

void TokenKeeper::refused(const HeldToken& token) {
  flow_.refused(token.generation, context_.clock.now_mono(), context_.random);
}

UtcTime TokenKeeper::blocked_until() const {
  const auto blocked = flow_.blocked_until();
  if (!blocked) return UtcTime();
  const auto left = *blocked - context_.clock.now_mono();
  if (left <= MonoTime::duration::zero()) return UtcTime();
  return context_.clock.now_utc() + std::chrono::ceil<std::chrono::milliseconds>(left);
}

}  // namespace devicebatch::engine
