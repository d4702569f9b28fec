#include "integration/site.hpp"

#include "support/device_files.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <catch2/catch.hpp>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <exception>
#include <fstream>
#include <iostream>

namespace devicebatch::integration {

namespace fs = std::filesystem;
namespace json = boost::json;

namespace {

// One line out, one line in; nullopt when nobody answers.
std::optional<std::string> exchange_line(const fs::path& path, const std::string& line) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.native().size() >= sizeof address.sun_path) return std::nullopt;
  std::memcpy(address.sun_path, path.c_str(), path.native().size());
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  std::optional<std::string> reply;
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
      ::send(fd, line.data(), line.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(line.size())) {
    reply.emplace();
    char piece[65536];
    for (ssize_t got = 0; (got = ::recv(fd, piece, sizeof piece, 0)) > 0;) {
      reply->append(piece, static_cast<std::size_t>(got));
    }
    if (!reply->ends_with('\n')) reply.reset();
  }
  ::close(fd);
  return reply;
}

}  // namespace

namespace {

std::string in_folder(std::string text, const std::string& folder) {
  for (std::size_t at = 0; (at = text.find("DIR/", at)) != std::string::npos;) {
    text.replace(at, 3, folder);
  }
  return text;
}

}  // namespace

namespace {

// scripts/canary looks through everything that a site wrote, at the most talkative level.
const char* kept_folder() {
  return std::getenv("DEVICEBATCH_KEEP_SITES");
}

// Only plain files: what else a test has made says nothing.
void keep_files(const fs::path& site) {
  const fs::path into = fs::path(kept_folder()) / site.filename();
  for (const fs::directory_entry& entry :
       fs::recursive_directory_iterator(site, fs::directory_options::skip_permission_denied)) {
    std::error_code ignored;
    if (!entry.is_regular_file(ignored) || entry.is_symlink(ignored)) continue;
    const fs::path copy = into / entry.path().lexically_relative(site);
    fs::create_directories(copy.parent_path(), ignored);
    fs::copy_file(entry.path(), copy, ignored);
  }
}

}  // namespace

Site::Site(SiteOptions options) : options_(std::move(options)) {
  // A test that asks for a level of its own is about levels.
  const bool has_own_level = options_.log_level != SiteOptions().log_level;
  if (kept_folder() != nullptr && !has_own_level) options_.log_level = "trace";
  std::vector<std::string> arguments = options_.sandbox;
  arguments.insert(arguments.end(), {"--client-secret", options_.secret});
  if (std::find(arguments.begin(), arguments.end(), "--job-ms") == arguments.end()) {
    arguments.insert(arguments.end(), {"--job-ms", "60"});
  }
  sandbox_ = std::make_unique<SandboxProcess>(dir_.path(), arguments);
  fs::create_directory(folder());
  fs::create_directory(second_folder());
  support::write_file(dir_ / "client-secret", options_.secret + "\n");
  fs::permissions(dir_ / "client-secret", fs::perms::owner_read | fs::perms::owner_write);
  write_config();
}

Site::~Site() {
  if (std::uncaught_exceptions() > 0) {
    std::ifstream log(log_file());
    for (std::string line; std::getline(log, line);) std::cerr << line << '\n';
  }
  if (kept_folder() != nullptr) keep_files(dir_.path());
}

void Site::write_config() const {
  const std::string base = dir_.path().string();
  const std::string url = sandbox_->url();
  const std::string customer(kCustomer);
  std::string yaml =
      "ledger: {path: " + base + "/ledger.db}\ncontrol: {socket: " + base +
      "/control.sock}\nmetrics: {listen: \"127.0.0.1:0\"}\nlog: {level: " + options_.log_level +
      ", format: json}\ndrain_deadline: " + options_.drain_deadline +
      "\npartner_center: {base_url: " + url + ", authority_url: " + url +
      ", allow_plain_http: true" + options_.service + "}\nwire: {body: " + options_.body +
      "}\ndelivery: {" + options_.delivery;
  // Later keys would be duplicates: those of the test come first and replace these.
  const auto add = [&](const std::string& key, const std::string& value) {
    if (options_.delivery.find(key + ":") == std::string::npos) yaml += key + ": " + value + ", ";
  };
  add("poll_first", "20ms");
  add("poll_ceiling", "200ms");
  add("retry_first", "20ms");
  add("retry_ceiling", "200ms");
  add("linger", "20ms");
  add("reconcile_first", "50ms");
  add("reconcile_wait", "1s");
  add("breaker_probe", "200ms");
  yaml +=
      "in_flight: 4}\naccounts:\n  - {name: contoso, tenant: contoso.onmicrosoft.com, "
      "client_id: 11111111-2222-3333-4444-555555555555, " +
      in_folder(options_.account, base) +
      "}\ndestinations:\n  - {name: line, account: contoso, customer: " + customer +
      ", batch: " + options_.batch +
      "}\n  - {name: second, account: contoso, customer: " + customer +
      ", batch: SECOND}\nsources:\n";
  for (const char* name : {"line", "second"}) {
    const fs::path path = std::string_view(name) == "line" ? folder() : second_folder();
    yaml += "  - {name: " + std::string(name) + ", path: " + path.string() +
            ", destination: " + name + ", rescan: 1s, settle: " + options_.settle +
            options_.source + "}\n";
  }
  yaml += in_folder(options_.more, base);
  support::write_file(config(), yaml);
}

fs::path Site::log_file() const {
  return dir_ / ("daemon-" + std::to_string(starts_) + ".log");
}

void Site::start() {
  ++starts_;
  daemon_ =
      ChildProcess({DEVICEBATCHD, "run", "--config", config().string()}, log_file(), log_file());
  const bool is_up =
      eventually([this] { return !log("service.ready").empty() || !daemon_.is_running(); });
  REQUIRE(is_up);
  REQUIRE(daemon_.is_running());
}

int Site::stop(int signal) {
  daemon_.signal(signal);
  return daemon_.wait();
}

void Site::kill() {
  daemon_.signal(SIGKILL);
  REQUIRE(daemon_.wait() == 128 + SIGKILL);
}

std::optional<json::object> Site::try_ask(const json::object& request) const {
  const auto reply = exchange_line(dir_ / "control.sock", json::serialize(request) + "\n");
  if (!reply) return std::nullopt;
  return parse_json(*reply).as_object();
}

json::object Site::ask(const json::object& request) const {
  const auto reply = try_ask(request);
  REQUIRE(reply);
  INFO(json::serialize(*reply));
  REQUIRE(reply->at("ok").as_bool());
  return reply->at("result").as_object();
}

Ended Site::run(std::vector<std::string> arguments) const {
  std::vector<std::string> command{DEVICEBATCHD};
  command.insert(command.end(), arguments.begin(), arguments.end());
  command.insert(command.end(), {"--config", config().string()});
  Ended ended = run_to_end(command, dir_.path());
  if (kept_folder() != nullptr) {
    std::ofstream(dir_ / "commands.out", std::ios::app) << ended.out << ended.err;
  }
  return ended;
}

void Site::drop_into(const fs::path& into, const std::string& name, std::string_view bytes) const {
  const fs::path part = into / ".growing.part";
  support::write_file(part, bytes);
  fs::rename(part, into / name);
}

void Site::drop(const std::string& name, std::string_view bytes) const {
  drop_into(folder(), name, bytes);
}

void Site::wait_finished(std::int64_t submissions) const {
  json::object counts;
  const auto is_finished = [&] {
    const auto reply = try_ask({{"verb", "status"}});
    if (!reply || !reply->at("ok").as_bool()) return false;
    counts = reply->at("result").at("submissions").as_object();
    std::int64_t open = 0;
    for (const char* state : {"seen", "claimed", "ingesting", "pending"}) {
      open += counts.at(state).to_number<std::int64_t>();
    }
    return open == 0 && counts.at("finished").to_number<std::int64_t>() >= submissions;
  };
  const bool in_time = eventually(is_finished);
  INFO("submissions " << json::serialize(counts));
  REQUIRE(in_time);
  REQUIRE(counts.at("finished").to_number<std::int64_t>() == submissions);
}

json::value Site::result(const std::string& place, const std::string& name) const {
  return parse_json(support::read_file(archived(place, name, ".result.json")));
}

fs::path Site::archived(const std::string& place, const std::string& name,
                        const std::string& suffix) const {
  const fs::path plain = folder() / place / (name + suffix);
  if (fs::exists(plain)) return plain;
  const std::string stem = fs::path(name).stem().string() + ".";
  const std::string end = fs::path(name).extension().string() + suffix;
  for (const fs::directory_entry& entry : fs::directory_iterator(plain.parent_path())) {
    const std::string found = entry.path().filename().string();
    const bool is_tagged = found.size() == stem.size() + 12 + end.size();
    if (is_tagged && found.starts_with(stem) && found.ends_with(end)) return entry.path();
  }
  FAIL("nothing is archived as " << plain);
  return {};
}

Verdicts counts_in(const json::object& counts) {
  Verdicts verdicts;
  for (const auto& [name, count] : counts) {
    const auto number = count.to_number<std::int64_t>();
    if (name != "records" && number != 0) verdicts.emplace_back(std::string(name), number);
  }
  return verdicts;
}

Verdicts Site::verdicts() const {
  return counts_in(status().at("verdicts").as_object());
}

void Site::check_promises(std::int64_t devices, RepeatedBodies repeated) const {
  const json::object verified = ask({{"verb", "verify"}});
  INFO(json::serialize(verified));
  CHECK(verified.at("is_sound").as_bool());
  const json::object summary = sandbox_->summary();
  INFO(json::serialize(summary));
  CHECK(summary.at("devices").to_number<std::int64_t>() == devices);
  std::vector<const char*> never{"registered_twice", "already", "violations"};
  if (repeated == RepeatedBodies::never) never.push_back("repeated_bodies");
  for (const char* name : never) {
    INFO(name);
    CHECK(summary.at(name).to_number<std::int64_t>() == 0);
  }
}

std::vector<json::object> Site::log(std::string_view event) const {
  std::vector<json::object> found;
  std::ifstream file(log_file());
  for (std::string line; std::getline(file, line);) {
    if (file.eof() || !line.starts_with('{')) continue;  // a half line; a sanitizer's words
    json::object entry = parse_json(line).as_object();
    if (entry.at("event").as_string() == event) found.push_back(std::move(entry));
  }
  return found;
}

std::int64_t Site::metrics_port() const {
  return log("service.ready").at(0).at("metrics_port").to_number<std::int64_t>();
}

std::multiset<std::string> contents_below(const fs::path& folder) {
  std::multiset<std::string> contents;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file() && !entry.is_symlink()) {
      contents.insert(support::read_file(entry.path()));
    }
  }
  return contents;
}

}  // namespace devicebatch::integration
