#include "daemon/login_command.hpp"

#include "base/random.hpp"
#include "daemon/exit_codes.hpp"
#include "daemon/load_config.hpp"
#include "daemon/surroundings.hpp"
#include "engine/account_access.hpp"
#include "partner_center/consent.hpp"
#include "partner_center/token_claims.hpp"
#include "settings/read_secret.hpp"
#include "settings/store_secret.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace devicebatch::daemon {
namespace {

using engine::ProofMoment;
using partner_center::ClientProof;
using partner_center::DeviceCode;
using partner_center::Grant;
using partner_center::PollAnswer;
using partner_center::Token;
using std::chrono::seconds;

// An address with a code in it has some thousand characters.
constexpr std::size_t kPastedBytes = 64 * 1024;
constexpr seconds kSlowDown{5};

// Neither echo, since what is pasted is a secret for a moment, nor the terminal's limit of 4,096
// characters for a line.
class SilentTerminal {
 public:
  SilentTerminal() : is_terminal_(::tcgetattr(STDIN_FILENO, &before_) == 0) {
    if (!is_terminal_) return;
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO | ICANON);
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
  }
  ~SilentTerminal() {
    if (is_terminal_) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
  }
  SilentTerminal(const SilentTerminal&) = delete;
  SilentTerminal& operator=(const SilentTerminal&) = delete;

 private:
  termios before_{};
  bool is_terminal_;
};

Secret read_line() {
  const SilentTerminal terminal;
  std::string line;
  line.reserve(kPastedBytes);
  char c = 0;
  while (line.size() < kPastedBytes && ::read(STDIN_FILENO, &c, 1) == 1 && c != '\n' && c != '\r') {
    line += c;
  }
  return Secret(std::move(line));
}

void wait(seconds duration) {
  boost::asio::io_context nothing_else;
  boost::asio::steady_timer(nothing_else, duration).wait();
}

class Login {
 public:
  Login(const settings::Settings& all, const settings::Account& account)
      : account_(account),
        options_(engine::token_options(all.service, account)),
        transport_(curl_options(all.service)) {}

  Result<Token> by_device_code();
  Result<Token> by_paste(const std::string& redirect_uri);

 private:
  Result<ClientProof> proof();
  Result<http::Response> redeem(Grant grant);
  Result<Token> poll(const DeviceCode& code);

  settings::Account account_;
  partner_center::TokenOptions options_;
  http::CurlTransport transport_;
  SystemClock clock_;
  SystemRandom random_;
};

// Anew for each request: an assertion is good once.
Result<ClientProof> Login::proof() {
  const auto& place = account_.certificate.is_set() ? account_.certificate : account_.client_secret;
  Result<Secret> secret = settings::read_secret(place, credentials_of_service());
  if (!secret) return fail(std::move(secret.error()));
  const ProofMoment moment(clock_.now_utc(), Uuid::random(random_));
  std::optional<UtcTime> unused_end;
  return engine::make_proof(account_, options_, std::move(*secret), moment, unused_end);
}

Result<http::Response> Login::redeem(Grant grant) {
  Result<ClientProof> by = proof();
  if (!by) return fail(Errc::bad_config, by.error().message());
  return http::perform(transport_, token_request(options_, *by, grant));
}

Result<Token> Login::by_paste(const std::string& redirect_uri) {
  const std::string state = Uuid::random(random_).to_string();
  std::printf(
      "Sign in as the person that %s works for: an Admin agent or Sales agent of the partner, with "
      "multi-factor authentication. Open this address in a browser:\n\n  %s\n\nThe browser ends at "
      "%s and may say that it cannot connect; that is right. Paste its whole address here, it is "
      "not shown, and press Enter: ",
      account_.name.c_str(), authorize_url(options_, redirect_uri, state).c_str(),
      redirect_uri.c_str());
  std::fflush(stdout);
  const Secret pasted = read_line();
  std::printf("\n");
  Result<Secret> code = partner_center::read_pasted_code(pasted.reveal(), state);
  if (!code) return fail(std::move(code.error()));
  Grant grant(Grant::Kind::authorization_code, std::move(*code));
  grant.redirect_uri = redirect_uri;
  Result<http::Response> response = redeem(std::move(grant));
  if (!response) return fail(std::move(response.error()));
  return partner_center::read_token(std::move(*response), clock_.now_utc());
}

Result<Token> Login::by_device_code() {
  Result<http::Response> response =
      http::perform(transport_, partner_center::device_code_request(options_));
  if (!response) return fail(std::move(response.error()));
  Result<DeviceCode> code =
      partner_center::read_device_code(std::move(*response), clock_.now_utc());
  if (!code) return fail(std::move(code.error()));
  std::printf(
      "Sign in as the person that %s works for: an Admin agent or Sales agent of the partner, with "
      "multi-factor authentication. Open\n\n  %s\n\non any machine and enter the code %s. Waiting "
      "for %lld minutes at most.\n",
      account_.name.c_str(), code->address.c_str(), code->user_code.c_str(),
      static_cast<long long>(std::chrono::ceil<std::chrono::minutes>(code->expires_in).count()));
  std::fflush(stdout);
  return poll(*code);
}

Result<Token> Login::poll(const DeviceCode& code) {
  const MonoTime end = clock_.now_mono() + code.expires_in;
  seconds interval = code.interval;
  while (clock_.now_mono() + interval < end) {
    wait(interval);
    Result<http::Response> response =
        redeem(Grant(Grant::Kind::device_code, Secret(std::string(code.code.reveal()))));
    if (!response) {
      if (response.error().code() == Errc::bad_config) return fail(std::move(response.error()));
      interval += kSlowDown;
      continue;
    }
    const PollAnswer answer = partner_center::judge_poll(*response);
    Result<Token> token = partner_center::read_token(std::move(*response), clock_.now_utc());
    if (token || answer == PollAnswer::failed) {
      const bool may_pass = !token && (token.error().code() == Errc::transient ||
                                       token.error().code() == Errc::throttled);
      if (!may_pass) return token;
    }
    if (answer == PollAnswer::declined) return fail(Errc::forbidden, "the sign-in was declined");
    if (answer == PollAnswer::expired) break;
    if (answer != PollAnswer::pending) interval += kSlowDown;
  }
  return fail(Errc::forbidden, "the code was not used in time; begin again");
}

int exit_code_of(Errc code) {
  switch (code) {
    case Errc::unauthorized:
    case Errc::forbidden:
    case Errc::rejected:
      return kNoPermission;
    case Errc::bad_config:
      return kBadConfig;
    default:
      return kUnavailable;
  }
}

int refuse(int exit_code, const std::string& why) {
  std::fprintf(stderr, "devicebatchd: %s\n", why.c_str());
  return exit_code;
}

void warn_of_claims(const Secret& access) {
  const auto claims = partner_center::read_claims(access);
  if (!claims || std::ranges::find(claims->methods, "mfa") != claims->methods.end()) return;
  std::fprintf(stderr,
               "devicebatchd: warning: the sign-in had no second factor; Partner Center refuses "
               "its tokens (900421) until you sign in with multi-factor authentication\n");
}

int keep(const settings::Account& account, const Token& token) {
  if (!token.refresh) {
    return refuse(kNoPermission,
                  "the identity service gave no refresh token; permit offline access for the "
                  "application in Entra ID");
  }
  warn_of_claims(*token.access);
  const std::string& file = account.refresh_token.file;
  Result<void> stored = settings::store_secret(file, *token.refresh);
  if (!stored)
    return refuse(kIoError, "cannot store the refresh token: " + stored.error().message());
  std::printf(
      "The refresh token of account %s is stored in %s; the service uses it at its next request.\n"
      "Next: devicebatchd doctor --auth; where the service has paused, systemctl reload "
      "devicebatchd\n",
      account.name.c_str(), file.c_str());
  return kOk;
}

}  // namespace

int login_command(const LoginOptions& options) {
  settings::Settings all;
  if (const int failed = load_config(options.config, all); failed != kOk) return failed;
  const settings::Account* account = all.account(options.account);
  if (account == nullptr) {
    return refuse(kBadConfig, "there is no account " + options.account + " in " + options.config);
  }
  if (account->mode != settings::AccountMode::app_user) {
    return refuse(kBadConfig, "account " + account->name +
                                  " works without a person; for one set mode: app_user and "
                                  "refresh_token: {file: /PATH}");
  }
  Login login(all, *account);
  Result<Token> token =
      options.device_code ? login.by_device_code() : login.by_paste(options.redirect_uri);
  if (!token) return refuse(exit_code_of(token.error().code()), token.error().message());
  return keep(*account, *token);
}

}  // namespace devicebatch::daemon
