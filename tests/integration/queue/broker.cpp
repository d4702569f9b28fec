#include "integration/queue/broker.hpp"

#include "base/sha256.hpp"
#include "record/base64.hpp"

#include <catch2/catch.hpp>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>

namespace devicebatch::integration {

namespace fs = std::filesystem;

namespace {

// Where Debian has the scripts that do not switch to another user.
std::string find_programs() {
  const fs::path root = "/usr/lib/rabbitmq/lib";
  std::error_code absent;
  for (const fs::directory_entry& entry : fs::directory_iterator(root, absent)) {
    const fs::path programs = entry.path() / "sbin";
    if (fs::exists(programs / "rabbitmq-server")) return programs.string();
  }
  return {};
}

// As many as there may be tests.
constexpr int kQueues = 60;

std::string queue_name(int number) {
  return "in" + std::to_string(number);
}

std::string queue_json(const std::string& name, const std::string& arguments) {
  return R"({"name":")" + name + R"(","vhost":"/","durable":true,"auto_delete":false,)" +
         R"("arguments":{)" + arguments + "}}";
}

std::string password_hash() {
  const std::string salt = "salt";
  const Digest digest = sha256(salt + Broker::kPassword);
  std::vector<std::uint8_t> bytes(salt.begin(), salt.end());
  bytes.insert(bytes.end(), digest.begin(), digest.end());
  return record::encode_base64(bytes);
}

}  // namespace

int free_port() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  socklen_t size = sizeof address;
  REQUIRE(::bind(fd, generic, size) == 0);
  REQUIRE(::getsockname(fd, generic, &size) == 0);
  ::close(fd);
  return ntohs(address.sin_port);
}

std::string address_of(const std::string& queue) {
  return "/amq/queue/" + queue;
}

Broker* Broker::shared() {
  static std::unique_ptr<Broker> broker;
  static const bool is_installed = !find_programs().empty();
  if (!is_installed) {
    const char* const ci = std::getenv("CI");
    if (ci != nullptr && std::string_view(ci) == "true") {
      FAIL("no RabbitMQ: scripts/install-packages test");
    }
    WARN("skipped, no RabbitMQ is installed: scripts/install-packages test");
    return nullptr;
  }
  if (!broker) broker = std::make_unique<Broker>();
  return broker.get();
}

Broker::Broker()
    : programs_(find_programs()),
      port_(free_port()),
      tls_port_(free_port()),
      distribution_port_(free_port()),
      epmd_port_(free_port()) {
  make_certificates();
  write_configuration();
  const fs::path log = dir_ / "epmd.log";
  // Not left to the node: what it starts would outlive it.
  epmd_ = ChildProcess(
      {"/usr/bin/epmd", "-port", std::to_string(epmd_port_), "-address", "127.0.0.1"}, log, log);
  start();
}

Broker::~Broker() {
  kill();
  epmd_.signal(SIGKILL);
  epmd_.wait();
}

void Broker::make_certificates() const {
  const auto run = [this](const std::string& command) {
    std::vector<std::string> words{"/usr/bin/openssl"};
    std::istringstream text(command);
    for (std::string word; text >> word;) words.push_back(word);
    const Ended ended = run_to_end(words, dir_.path());
    INFO(command << ended.err);
    REQUIRE(ended.exit_code == 0);
  };
  const std::string dir = dir_.path().string() + "/";
  const std::string key = " -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 ";
  run("req -x509 -subj /CN=contoso-ca -keyout " + dir + "ca.key -out " + dir + "ca.pem" + key);
  support::write_file(dir + "server.ext", "subjectAltName=DNS:localhost\n");
  support::write_file(dir + "client.ext", "extendedKeyUsage=clientAuth\n");
  for (const std::string name : {"server", "client"}) {
    const std::string subject = name == "server" ? "localhost" : kUser;
    run("req -new -subj /CN=" + subject + " -keyout " + dir + name + ".key -out " + dir + name +
        ".csr" + key);
    run("x509 -req -days 2 -CAcreateserial -CA " + dir + "ca.pem -CAkey " + dir + "ca.key -in " +
        dir + name + ".csr -extfile " + dir + name + ".ext -out " + dir + name + ".crt");
  }
  support::write_file(client_pem(), support::read_file(dir + "client.crt") +
                                        support::read_file(dir + "client.key"));
  fs::permissions(client_pem(), fs::perms::owner_read | fs::perms::owner_write);
}

void Broker::write_configuration() const {
  const std::string dir = dir_.path().string() + "/";
  const std::string user = kUser;
  std::string definitions =
      R"({"users":[{"name":")" + user + R"(","password_hash":")" + password_hash() +
      R"(","hashing_algorithm":"rabbit_password_hashing_sha256","tags":""}],)" +
      R"("vhosts":[{"name":"/"}],"permissions":[{"user":")" + user +
      R"(","vhost":"/","configure":".*","write":".*","read":".*"}],"queues":[)";
  for (int number = 1; number <= kQueues; ++number) {
    const std::string name = queue_name(number);
    definitions += queue_json(name, R"("x-dead-letter-exchange":"","x-dead-letter-routing-key":")" +
                                        dead_of(name) + "\"") +
                   "," + queue_json(dead_of(name), "") + "," + queue_json(answers_of(name), "") +
                   (number < kQueues ? "," : "]}");
  }
  support::write_file(dir + "definitions.json", definitions);
  support::write_file(
      dir + "rabbitmq.conf",
      "listeners.tcp.1 = 127.0.0.1:" + std::to_string(port_) +
          "\nlisteners.ssl.1 = 127.0.0.1:" + std::to_string(tls_port_) +
          "\nload_definitions = " + dir + "definitions.json" + "\nssl_options.cacertfile = " + dir +
          "ca.pem" + "\nssl_options.certfile = " + dir + "server.crt" +
          "\nssl_options.keyfile = " + dir + "server.key" + "\nssl_options.verify = verify_peer" +
          "\nssl_options.fail_if_no_peer_cert = false" + "\nssl_cert_login_from = common_name" +
          "\nauth_mechanisms.1 = PLAIN\nauth_mechanisms.2 = EXTERNAL" +
          "\nauth_mechanisms.3 = ANONYMOUS\n");
  support::write_file(dir + "plugins", "[rabbitmq_amqp1_0,rabbitmq_auth_mechanism_ssl].\n");
}

std::vector<std::string> Broker::environment() const {
  const std::string dir = dir_.path().string() + "/";
  return {"/usr/bin/env",
          "-i",
          "PATH=/usr/bin:/bin",
          "LANG=C.UTF-8",
          "HOME=" + dir,
          "RABBITMQ_NODENAME=test" + std::to_string(port_) + "@localhost",
          "RABBITMQ_NODE_PORT=" + std::to_string(port_),
          "RABBITMQ_DIST_PORT=" + std::to_string(distribution_port_),
          "RABBITMQ_MNESIA_BASE=" + dir + "mnesia",
          "RABBITMQ_LOG_BASE=" + dir + "log",
          "RABBITMQ_ENABLED_PLUGINS_FILE=" + dir + "plugins",
          "RABBITMQ_CONFIG_FILE=" + dir + "rabbitmq.conf",
          "RABBITMQ_CONF_ENV_FILE=/dev/null",
          "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS=-kernel inet_dist_use_interface {127,0,0,1}",
          "ERL_EPMD_PORT=" + std::to_string(epmd_port_),
          "ERL_EPMD_ADDRESS=127.0.0.1"};
}

bool Broker::is_ready() const {
  std::ifstream out(dir_ / ("broker-" + std::to_string(starts_) + ".log"));
  const std::string text((std::istreambuf_iterator<char>(out)), std::istreambuf_iterator<char>());
  return text.find("completed with") != std::string::npos;
}

void Broker::start() {
  const fs::path log = dir_ / ("broker-" + std::to_string(++starts_) + ".log");
  std::vector<std::string> command{"/usr/bin/setsid"};  // a group of its own, to end all of it
  const std::vector<std::string> variables = environment();
  command.insert(command.end(), variables.begin(), variables.end());
  command.push_back(programs_ + "/rabbitmq-server");
  server_ = ChildProcess(command, log, log);
  const bool is_up = eventually([this] { return is_ready() || !server_.is_running(); });
  INFO(support::read_file(log));
  REQUIRE(is_up);
  REQUIRE(server_.is_running());
}

void Broker::stop() {
  ::kill(-server_.id(), SIGTERM);
  REQUIRE(server_.wait() != -1);
}

void Broker::kill() {
  if (!server_.is_running()) return;
  ::kill(-server_.id(), SIGKILL);
  server_.wait();
}

std::string Broker::fresh_queue() {
  REQUIRE(queues_ < kQueues);
  return queue_name(++queues_);
}

std::string Broker::control(const std::vector<std::string>& arguments) const {
  std::vector<std::string> command = environment();
  command.push_back(programs_ + "/rabbitmqctl");
  command.insert(command.end(), arguments.begin(), arguments.end());
  const Ended ended = run_to_end(command, dir_.path());
  INFO(ended.out << ended.err);
  REQUIRE(ended.exit_code == 0);
  return ended.out;
}

void Broker::remove(const std::string& name) const {
  control({"-q", "delete_queue", name});
}

void Broker::restore() const {
  control({"-q", "import_definitions", (dir_ / "definitions.json").string()});
}

std::int64_t Broker::count(const std::string& name) const {
  std::istringstream table(control({"-q", "list_queues", "name", "messages"}));
  for (std::string line; std::getline(table, line);) {
    if (!line.starts_with(name + "\t")) continue;
    return std::stoll(line.substr(name.size() + 1));
  }
  return 0;
}

}  // namespace devicebatch::integration
