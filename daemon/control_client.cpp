#include "daemon/control_client.hpp"

#include "base/text.hpp"
#include "base/uuid.hpp"
#include "engine/control_verbs.hpp"
#include "ledger/open.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <fstream>

namespace devicebatch::daemon {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;
using Socket = asio::local::stream_protocol::socket;

// An explanation of fifty records is some hundred kilobytes.
constexpr std::size_t kReplyBytes = std::size_t{64} << 20;

Errc errc_from(std::string_view word) {
  for (int code = 0; code <= static_cast<int>(Errc::bad_config); ++code) {
    if (to_string(static_cast<Errc>(code)) == word) return static_cast<Errc>(code);
  }
  return Errc::transient;
}

Result<void> send_file(Socket& socket, const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return fail(Errc::not_found, "cannot read " + path);
  std::string piece(64 * 1024, '\0');
  while (file) {
    file.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    boost::system::error_code error;
    asio::write(socket, asio::buffer(piece.data(), static_cast<std::size_t>(file.gcount())), error);
    // A daemon that has refused already explains itself in its reply.
    if (error) return {};
  }
  return {};
}

Result<json::object> parse_reply(const std::string& line) {
  boost::system::error_code error;
  json::value value = json::parse(line, error);
  if (error || !value.is_object()) return fail(Errc::corrupt, "the daemon's reply is not JSON");
  json::object& reply = value.as_object();
  if (const json::value* result = reply.if_contains("result")) {
    if (result->is_object()) return result->as_object();
  }
  const json::value* failure = reply.if_contains("error");
  if (failure == nullptr || !failure->is_object()) {
    return fail(Errc::corrupt, "the daemon's reply says neither yes nor no");
  }
  const auto text = [&failure](std::string_view name) -> std::string {
    const json::value* member = failure->get_object().if_contains(name);
    return member != nullptr && member->is_string() ? std::string(member->get_string()) : "";
  };
  return fail(errc_from(text("code")), text("message"));
}

// As the settings call a destination of the ledger; empty when they do not.
std::string name_in(const settings::Settings& settings,
                    const Result<ledger::DestinationRow>& known) {
  if (!known) return {};
  for (const settings::Destination& destination : settings.destinations) {
    if (Uuid::parse(destination.customer) == known->customer &&
        equals_ignoring_case(destination.batch, known->batch)) {
      return destination.name;
    }
  }
  return {};
}

}  // namespace

Result<json::object> ask_daemon(const std::string& path, const json::object& request,
                                const std::string& file) {
  asio::io_context loop;
  Socket socket(loop);
  boost::system::error_code error;
  socket.connect(asio::local::stream_protocol::endpoint(path), error);
  if (error) {
    const bool is_forbidden = error == boost::system::errc::permission_denied;
    return fail(is_forbidden ? Errc::forbidden : Errc::transient,
                "no daemon answers on " + path + ": " + error.message());
  }
  const std::string line = json::serialize(request) + "\n";
  asio::write(socket, asio::buffer(line), error);
  if (!error && !file.empty()) {
    Result<void> sent = send_file(socket, file);
    if (!sent) return fail(std::move(sent.error()));
  }
  std::string reply;
  const std::size_t bytes =
      asio::read_until(socket, asio::dynamic_buffer(reply, kReplyBytes), '\n', error);
  if (error) return fail(Errc::transient, "the daemon went away: " + error.message());
  return parse_reply(reply.substr(0, bytes));
}

Result<json::object> ask_daemon_or_ledger(const settings::Settings& settings,
                                          const json::object& request) {
  Result<json::object> answer = ask_daemon(settings.control_socket, request);
  if (answer || answer.error().code() != Errc::transient) return answer;
  SystemRandom random;
  if (!std::ifstream(settings.ledger_path)) {
    return fail(Errc::transient,
                answer.error().message() + "; and there is no ledger at " + settings.ledger_path);
  }
  Result<std::unique_ptr<ledger::Ledger>> opened =
      ledger::open_ledger(settings.ledger_path, random);
  if (!opened) return fail(std::move(opened), "ledger " + settings.ledger_path);
  const UtcTime now = SystemClock().now_utc();
  ledger::Ledger& ledger = **opened;
  const engine::DestinationNames names = [&settings, &ledger](DestinationId id) {
    return name_in(settings, ledger.delivery().destination(id));
  };
  Result<void> begun = ledger.begin();
  if (!begun) return fail(std::move(begun.error()));
  answer = engine::answer_from_ledger(ledger, request, names, now);
  Result<void> ended = ledger.commit();
  if (!ended) return fail(std::move(ended.error()));
  return answer;
}

}  // namespace devicebatch::daemon
