#include "queue/connection.hpp"

#include "base/text.hpp"

#include <proton/condition.h>
#include <proton/connection.h>
#include <proton/event.h>
#include <proton/sasl.h>
#include <proton/ssl.h>
#include <proton/transport.h>

#include <algorithm>
#include <cmath>

namespace devicebatch::queue {
namespace {

// One transfer frame at most: with the session's window it bounds what is buffered unread.
constexpr std::uint32_t kFrameBytes = 64 * 1024;

struct FreeDomain {
  void operator()(pn_ssl_domain_t* domain) const { pn_ssl_domain_free(domain); }
};
using DomainHandle = std::unique_ptr<pn_ssl_domain_t, FreeDomain>;

std::string text_of(pn_condition_t* condition) {
  const char* const name = pn_condition_get_name(condition);
  const char* const description = pn_condition_get_description(condition);
  std::string text = name == nullptr ? "" : name;
  if (description != nullptr) text += std::string(text.empty() ? "" : ": ") + description;
  return printable(text, 500);
}

Result<void> set_up_tls(pn_transport_t* transport, const std::string& host, const Access& access) {
  const DomainHandle domain(pn_ssl_domain(PN_SSL_MODE_CLIENT));
  if (!domain) return fail(Errc::bad_config, "TLS cannot be used");
  const char* const ca_file = access.ca_file.empty() ? nullptr : access.ca_file.c_str();
  if (ca_file != nullptr && pn_ssl_domain_set_trusted_ca_db(domain.get(), ca_file) != 0) {
    return fail(Errc::bad_config, "the CA file " + access.ca_file + " cannot be used");
  }
  if (!access.key_file.empty()) {
    const char* const file = access.key_file.c_str();
    if (pn_ssl_domain_set_credentials(domain.get(), file, file, nullptr) != 0) {
      return fail(Errc::bad_config, "the certificate or its key cannot be used");
    }
  }
  if (pn_ssl_domain_set_protocols(domain.get(), "TLSv1.2 TLSv1.3") != 0 ||
      pn_ssl_domain_set_peer_authentication(domain.get(), PN_SSL_VERIFY_PEER_NAME, ca_file) != 0) {
    return fail(Errc::bad_config, "TLS cannot be set up");
  }
  pn_ssl_t* const tls = pn_ssl(transport);
  if (pn_ssl_init(tls, domain.get(), nullptr) != 0 ||
      pn_ssl_set_peer_hostname(tls, host.c_str()) != 0) {
    return fail(Errc::bad_config, "TLS cannot be started");
  }
  return {};
}

const char* mechanisms_for(const Access& access) {
  if (!access.user.empty()) return "PLAIN";
  return access.key_file.empty() ? "ANONYMOUS" : "EXTERNAL";
}

// No closing frame comes or goes: the other side is silent.
void abort(pn_transport_t* transport, const std::string& why) {
  pn_condition_t* const condition = pn_transport_condition(transport);
  if (!pn_condition_is_set(condition)) {
    pn_condition_set_name(condition, "devicebatchd:given-up");
    pn_condition_set_description(condition, why.c_str());
  }
  pn_transport_close_tail(transport);
  pn_transport_close_head(transport);
}

}  // namespace

Connection::Connection(Proactor& proactor, Broker broker, Timing timing)
    : proactor_(proactor), broker_(std::move(broker)), timing_(timing) {}

void Connection::post(Proactor::Work work) {
  proactor_.post([this, work = std::move(work)] {
    inbox_.push_back(work);
    if (connection_ != nullptr) {
      pn_connection_wake(connection_);
    } else {
      run_inbox();
    }
  });
}

void Connection::run_inbox() {
  while (!inbox_.empty()) {
    const Proactor::Work work = std::move(inbox_.front());
    inbox_.pop_front();
    work();
  }
}

void Connection::open() {
  if (connection_ == nullptr && !is_closing_) start();
}

Result<pn_transport_t*> Connection::make_transport(const Access& access) const {
  pn_transport_t* const transport = pn_transport();
  pn_transport_set_max_frame(transport, kFrameBytes);
  pn_transport_set_idle_timeout(transport, static_cast<pn_millis_t>(timing_.idle.count()));
  pn_sasl_t* const sasl = pn_sasl(transport);
  pn_sasl_allowed_mechs(sasl, mechanisms_for(access));
  // In plain text only where the settings allow it: to a loopback address.
  pn_sasl_set_allow_insecure_mechs(sasl, !broker_.endpoint.has_tls);
  if (!broker_.endpoint.has_tls) return transport;
  Result<void> secured = set_up_tls(transport, broker_.endpoint.host, access);
  if (secured) return transport;
  pn_transport_free(transport);
  return fail(std::move(secured.error()));
}

void Connection::start() {
  const std::uint64_t attempt = ++attempt_;
  Result<Access> access = broker_.access();
  if (!access) return start_later(access.error());
  Result<pn_transport_t*> transport = make_transport(*access);
  if (!transport) return start_later(transport.error());
  connection_ = pn_connection();
  pn_connection_set_context(connection_, static_cast<EventHandler*>(this));
  pn_connection_set_container(connection_, broker_.container_id.c_str());
  pn_connection_set_hostname(connection_, broker_.endpoint.host.c_str());
  if (!access->user.empty()) {
    pn_connection_set_user(connection_, access->user.c_str());
    std::string password(access->password.reveal());
    pn_connection_set_password(connection_, password.c_str());
    wipe(password);
  }
  char address[1024];
  pn_proactor_addr(address, sizeof address, broker_.endpoint.host.c_str(),
                   broker_.endpoint.port.c_str());
  pn_connection_open(connection_);
  proactor_.connect(connection_, *transport, address);
  proactor_.run_after(timing_.connect, [this, attempt] {
    if (attempt != attempt_ || is_open_ || connection_ == nullptr) return;
    post([this, attempt] {
      if (attempt == attempt_ && !is_open_) drop("no answer in time");
    });
  });
}

void Connection::drop(const std::string& why) {
  if (connection_ == nullptr) return;
  dropped_why_ = why;
  if (is_open_) {
    pn_connection_close(connection_);
    return;
  }
  pn_transport_t* const transport = pn_connection_transport(connection_);
  if (transport != nullptr) abort(transport, why);
}

void Connection::close() {
  is_closing_ = true;
  if (has_ended_) return;
  if (connection_ == nullptr) {
    has_ended_ = true;
    ended();
    return;
  }
  const bool was_open = is_open_;
  if (was_open) {
    pn_connection_close(connection_);
  } else {
    drop("the service is stopping");
  }
  const std::uint64_t attempt = attempt_;
  proactor_.run_after(timing_.farewell, [this, attempt] {
    if (attempt != attempt_ || connection_ == nullptr) return;
    post([this, attempt] {
      if (attempt != attempt_ || connection_ == nullptr) return;
      pn_transport_t* const transport = pn_connection_transport(connection_);
      if (transport != nullptr) abort(transport, "no farewell in time");
    });
  });
}

std::chrono::milliseconds Connection::pause() {
  const double doubled =
      std::ldexp(static_cast<double>(timing_.retry_first.count()), std::min(failures_, 20));
  const double bounded = std::min(doubled, static_cast<double>(timing_.retry_ceiling.count()));
  ++failures_;
  // Half of it is chance: after a restart of the broker not everybody comes at once.
  return std::chrono::milliseconds(static_cast<std::int64_t>(bounded * (0.5 + random_.unit() / 2)));
}

void Connection::start_later(const Error& why) {
  if (is_closing_) {
    has_ended_ = true;
    ended();
    return;
  }
  lost(why);
  const std::uint64_t attempt = attempt_;
  proactor_.run_after(pause(), [this, attempt] {
    if (attempt == attempt_ && connection_ == nullptr && !is_closing_) start();
  });
}

Error Connection::error_of(pn_event_t* event) const {
  pn_transport_t* const transport = pn_event_transport(event);
  pn_condition_t* const remote = pn_connection_remote_condition(connection_);
  pn_condition_t* const local = pn_transport_condition(transport);
  std::string why = dropped_why_;
  if (why.empty() && pn_condition_is_set(remote)) why = text_of(remote);
  if (why.empty() && pn_condition_is_set(local)) why = text_of(local);
  if (why.empty()) why = "the broker closed the connection";
  const std::string where = broker_.endpoint.host + ":" + broker_.endpoint.port + ": ";
  const bool is_refused = why.starts_with("amqp:unauthorized-access");
  return Error(is_refused ? Errc::unauthorized : Errc::transient, where + why);
}

void Connection::transport_closed(pn_event_t* event) {
  const Error why = error_of(event);
  if (is_open_ && proactor_.now() - opened_at_ > timing_.settled) failures_ = 0;
  is_open_ = false;
  dropped_why_.clear();
  pn_connection_set_context(connection_, nullptr);
  connection_ = nullptr;  // the proactor frees it
  start_later(why);
  run_inbox();
}

void Connection::handle(pn_event_t* event) {
  switch (pn_event_type(event)) {
    case PN_CONNECTION_WAKE:
      return run_inbox();
    case PN_CONNECTION_REMOTE_OPEN:
      is_open_ = true;
      opened_at_ = proactor_.now();
      return opened();
    case PN_CONNECTION_REMOTE_CLOSE:
      pn_connection_close(connection_);
      return;
    case PN_TRANSPORT_CLOSED:
      return transport_closed(event);
    default:
      return handle_own(event);
  }
}

}  // namespace devicebatch::queue
