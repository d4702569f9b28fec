#include "daemon/control_client.hpp"

#include "base/text.hpp"
#include "base/uuid.hpp"
#include "engine/control/ledger_questions.hpp"
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

constexpr std::string_view kNobodyThere = "no daemon answers on ";
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

// As the settings call the destinations of a ledger that no daemon holds.
Result<engine::DestinationBook> book_of(const settings::Settings& settings,
                                        ledger::Ledger& ledger) {
  Result<std::vector<ledger::DestinationRow>> rows = ledger.delivery().destinations();
  if (!rows) return fail(std::move(rows.error()));
  engine::DestinationBook book;
  for (const settings::Destination& destination : settings.destinations) {
    for (const ledger::DestinationRow& row : *rows) {
      const bool is_same = Uuid::parse(destination.customer) == row.customer &&
                           equals_ignoring_case(destination.batch, row.batch);
      if (is_same) book.add(row.id, destination.name);
    }
  }
  return book;
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
                std::string(kNobodyThere) + path + ": " + error.message());
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

ControlDesk::ControlDesk(const settings::Settings& settings) : settings_(settings) {}

ControlDesk::~ControlDesk() = default;

Result<json::object> ControlDesk::ask(const json::object& request, const std::string& file) {
  if (!is_monitor_) {
    Result<json::object> answer = ask_daemon(settings_.control_socket, request, file);
    const bool is_locked_out = !answer && answer.error().code() == Errc::forbidden;
    if (!is_locked_out || settings_.monitor_socket.empty()) return answer;
    Result<json::object> monitored = ask_daemon(settings_.monitor_socket, request, file);
    // Neither is ours, or there is only the first: that one is the one to ask for.
    if (!monitored && monitored.error().message().starts_with(kNobodyThere)) return answer;
    is_monitor_ = true;
    return monitored;
  }
  return ask_daemon(settings_.monitor_socket, request, file);
}

Result<json::object> ControlDesk::ask_or_read(const json::object& request) {
  if (ledger_) return read(request);
  Result<json::object> answer = ask(request);
  if (answer || answer.error().code() != Errc::transient) return answer;
  SystemRandom random;
  if (!std::ifstream(settings_.ledger_path)) {
    return fail(Errc::transient,
                answer.error().message() + "; and there is no ledger at " + settings_.ledger_path);
  }
  Result<std::unique_ptr<ledger::Ledger>> opened =
      ledger::open_ledger(settings_.ledger_path, random);
  if (!opened) return fail(std::move(opened), "ledger " + settings_.ledger_path);
  ledger_ = std::move(*opened);
  return read(request);
}

Result<json::object> ControlDesk::read(const json::object& request) {
  const UtcTime now = SystemClock().now_utc();
  Result<void> begun = ledger_->begin();
  if (!begun) return fail(std::move(begun.error()));
  Result<engine::DestinationBook> book = book_of(settings_, *ledger_);
  Result<json::object> answer = book ? engine::answer_from_ledger(*ledger_, request, *book, now)
                                     : fail(std::move(book.error()));
  Result<void> ended = ledger_->commit();
  if (!ended) return fail(std::move(ended.error()));
  return answer;
}

Result<json::object> ask_daemon_or_ledger(const settings::Settings& settings,
                                          const json::object& request) {
  return ControlDesk(settings).ask_or_read(request);
}

}  // namespace devicebatch::daemon
