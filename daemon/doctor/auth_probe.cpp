#include "daemon/doctor/auth_probe.hpp"

#include "base/text.hpp"
#include "base/uuid.hpp"
#include "daemon/exit_codes.hpp"
#include "engine/account_access.hpp"
#include "flow/clock_skew.hpp"
#include "flow/credential_watch.hpp"
#include "partner_center/api.hpp"
#include "partner_center/replies.hpp"
#include "partner_center/token_claims.hpp"
#include "policy/classify.hpp"
#include "policy/retry.hpp"

#include <algorithm>
#include <optional>

namespace devicebatch::daemon {
namespace {

using partner_center::Token;

// Of a certificate: from here on it is worth a word.
constexpr int kDaysToMind = 30;

std::string_view without_slash(std::string_view text) {
  while (text.ends_with('/')) text.remove_suffix(1);
  return text;
}

class Probe {
 public:
  Probe(const settings::Settings& all, const settings::Account& account, const ProbeTools& tools)
      : all_(all),
        account_(account),
        tools_(tools),
        options_(engine::token_options(all.service, account)) {}

  std::vector<Diagnosis> run(bool asks_service) {
    const std::optional<Token> token = get_token();
    if (token) {
      judge_claims(*token->access);
      if (asks_service) ask_service(token->access);
    }
    std::ranges::stable_sort(found_, std::ranges::greater(), &Diagnosis::health);
    const bool is_good = found_.empty() || found_.front().health != Health::wrong;
    if (is_good) found_.insert(found_.begin(), praise());
    return std::move(found_);
  }

 private:
  void say(Health health, std::string sentence, std::string fix, int exit_code = kOk) {
    found_.push_back(
        {health, "account " + account_.name, std::move(sentence), std::move(fix), exit_code});
  }
  void wrong(int exit_code, std::string sentence, std::string fix) {
    say(Health::wrong, std::move(sentence), std::move(fix), exit_code);
  }
  std::string login_fix() const { return "devicebatchd login " + account_.name; }

  std::optional<Token> get_token() {
    const engine::ProofMoment moment(tools_.clock.now_utc(), Uuid::random(tools_.random));
    engine::TokenAsking asking =
        engine::prepare_asking(account_, options_, tools_.credentials_directory, moment);
    judge_dates(asking);
    if (!asking.request) {
      wrong(kBadConfig, asking.request.error().message(), "");
      return std::nullopt;
    }
    const UtcTime sent = tools_.clock.now_utc();
    Result<http::Response> response = perform(tools_.transport, std::move(*asking.request));
    if (!response) {
      wrong(kUnavailable,
            "the token endpoint " + identity_url(options_, "token") +
                " cannot be reached: " + response.error().message(),
            "check network, firewall, partner_center.proxy, ca_file and authority_url");
      return std::nullopt;
    }
    judge_clock(*response, sent);
    Result<Token> token = partner_center::read_token(std::move(*response), tools_.clock.now_utc());
    if (token) return std::move(*token);
    judge_refusal(token.error());
    return std::nullopt;
  }

  void judge_dates(const engine::TokenAsking& asking) {
    const UtcTime now = tools_.clock.now_utc();
    if (asking.certificate_ends) {
      const int days = flow::days_until(*asking.certificate_ends, now);
      if (days <= kDaysToMind) {
        say(Health::mind, "its certificate ends in " + std::to_string(days) + " days",
            "register a new one in Entra ID and put it in its place");
      }
    }
    if (asking.refreshed_at && now - *asking.refreshed_at > account_.refresh_token_max_age) {
      const int days = flow::days_until(now, *asking.refreshed_at);
      say(Health::mind,
          "its refresh token is " + std::to_string(days) + " days old and ends after 90",
          login_fix());
    }
  }

  void judge_clock(const http::Response& response, UtcTime sent) {
    const auto date = policy::parse_http_date(response.header("Date"));
    if (!date) return;
    flow::ClockSkew skew;
    const auto ahead = flow::ahead_of(*date, sent, tools_.clock.now_utc());
    if (skew.observe(ahead) != flow::ClockSkew::Change::wrong) return;
    const bool is_spoilt = account_.certificate.is_set() && skew.spoils_assertions();
    const std::string what = flow::describe_skew(ahead);
    constexpr const char* kFix = "set the clock and keep it right: timedatectl set-ntp true";
    if (is_spoilt) {
      wrong(kBadConfig, what + ", so what its certificate signs is not valid there", kFix);
    } else {
      say(Health::mind, what, kFix);
    }
  }

  void judge_refusal(const Error& error) {
    if (error.code() == Errc::unauthorized) {
      // The message ends with what to do.
      wrong(kNoPermission, "gets no token: " + error.message(), "");
    } else {
      wrong(kUnavailable, "gets no token now: " + error.message(),
            "wait, the daemon tries again by itself; check authority_url and proxy if it lasts");
    }
  }

  void judge_claims(const Secret& access) {
    const auto claims = partner_center::read_claims(access);
    if (!claims) return;  // opaque: only the service can judge it
    const bool names_resource = claims->audience.find("://") != std::string::npos;
    if (names_resource && without_slash(claims->audience) != without_slash(options_.resource)) {
      wrong(kBadConfig, "its tokens are for " + claims->audience + ", not for " + options_.resource,
            "set partner_center.resource to the address of the service");
    }
    if (Uuid::parse(account_.tenant) && !claims->tenant.empty() &&
        !equals_ignoring_case(claims->tenant, account_.tenant)) {
      wrong(kBadConfig, "its tokens are of tenant " + claims->tenant, "check the account's tenant");
    }
    if (!claims->application.empty() &&
        !equals_ignoring_case(claims->application, account_.client_id)) {
      wrong(kBadConfig, "its tokens are of application " + claims->application,
            "check the account's client_id");
    }
    const bool has_mfa = std::ranges::find(claims->methods, "mfa") != claims->methods.end();
    if (account_.mode == settings::AccountMode::app_user && !has_mfa) {
      wrong(kNoPermission, "the sign-in behind its refresh token had no second factor (900421)",
            login_fix() + ", with multi-factor authentication");
    }
  }

  http::Request question(const settings::Destination& destination,
                         std::shared_ptr<const Secret> access) {
    partner_center::ApiOptions api;
    api.base_url = all_.service.base_url;
    api.application = all_.service.application;
    api.locale = all_.service.locale;
    const partner_center::CallIds ids(Uuid::random(tools_.random), Uuid::random(tools_.random));
    http::Request request = partner_center::Api(api).list_batches(
        *Uuid::parse(destination.customer), "", ids, std::move(access));
    request.headers.emplace_back("ValidateMfa", "true");
    return request;
  }

  void ask_service(std::shared_ptr<const Secret> access) {
    const auto at =
        std::ranges::find(all_.destinations, account_.name, &settings::Destination::account);
    if (at == all_.destinations.end()) {
      return say(Health::mind, "has no destination, so the service was not asked", "");
    }
    Result<http::Response> response = perform(tools_.transport, question(*at, std::move(access)));
    if (!response) {
      return wrong(kUnavailable, "the service cannot be reached: " + response.error().message(),
                   "check network, firewall, partner_center.proxy, ca_file and base_url");
    }
    const auto error = partner_center::read_error(*response);
    const auto judged = policy::classify(policy::Call::list_batches, response->status, error.code);
    if (judged.reaction != policy::Reaction::accept) {
      const bool may_pass =
          judged.reaction == policy::Reaction::retry || judged.reaction == policy::Reaction::wait;
      return wrong(may_pass ? kUnavailable : kNoPermission,
                   "the service does not list the batches of destination " + at->name + ": " +
                       std::string(judged.code) +
                       (error.description.empty() ? "" : ", " + printable(error.description)),
                   std::string(judged.advice));
    }
    if (equals_ignoring_case(response->header("isMfaCompliant"), "false")) {
      wrong(kNoPermission, "the service says that its sign-in had no second factor",
            login_fix() + ", with multi-factor authentication");
    }
  }

  Diagnosis praise() const {
    const bool is_app_user = account_.mode == settings::AccountMode::app_user;
    Diagnosis good;
    good.about = "account " + account_.name;
    good.sentence = std::string("gets tokens ") +
                    (is_app_user ? "for a person" : "for the application alone") + ", with a " +
                    (account_.certificate.is_set() ? "certificate" : "client secret");
    return good;
  }

  const settings::Settings& all_;
  const settings::Account& account_;
  const ProbeTools& tools_;
  partner_center::TokenOptions options_;
  std::vector<Diagnosis> found_;
};

}  // namespace

std::vector<Diagnosis> auth_probe(const settings::Settings& settings,
                                  const settings::Account& account, const ProbeTools& tools,
                                  bool asks_service) {
  return Probe(settings, account, tools).run(asks_service);
}

}  // namespace devicebatch::daemon
