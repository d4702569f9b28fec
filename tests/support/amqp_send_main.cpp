// devicebatch-amqp-send: files as messages, for the demo and the benchmark.
#include "base/check.hpp"

#include "queue/publisher.hpp"
#include <CLI/CLI.hpp>

#include <condition_variable>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

namespace {

using namespace devicebatch;

struct Arguments {
  std::string url;
  std::string address;
  std::size_t lines = 0;
  std::vector<std::string> files;
};

// What was handed over and not heard of yet.
class Outbox final : public queue::PublisherEvents {
 public:
  void published(std::uint64_t, Result<void> outcome) override {
    const std::lock_guard lock(mutex_);
    if (!outcome) failure_ = outcome.error().message();
    --under_way_;
    changed_.notify_all();
  }
  void closed() override {
    const std::lock_guard lock(mutex_);
    is_closed_ = true;
    changed_.notify_all();
  }

  void add(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return under_way_ < kMostUnderWay; });
    under_way_ += count;
  }
  std::string wait_for_all() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return under_way_ == 0; });
    return failure_;
  }
  void wait_for_end() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return is_closed_; });
  }

 private:
  static constexpr std::size_t kMostUnderWay = 64;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t under_way_ = 0;
  bool is_closed_ = false;
  std::string failure_;
};

// The file as one message, or so many lines in each.
std::vector<std::string> bodies_of(const std::string& path, std::size_t lines) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path);
  std::vector<std::string> bodies;
  if (lines == 0) {
    bodies.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
    return bodies;
  }
  std::size_t in_message = lines;
  for (std::string line; std::getline(file, line);) {
    if (in_message == lines) {
      bodies.emplace_back();
      in_message = 0;
    }
    bodies.back() += line + "\n";
    ++in_message;
  }
  return bodies;
}

std::size_t send(const Arguments& arguments) {
  Result<queue::Endpoint> endpoint = queue::parse_endpoint(arguments.url);
  if (!endpoint) throw std::runtime_error(endpoint.error().message());
  queue::Broker broker;
  broker.endpoint = std::move(*endpoint);
  broker.container_id = "devicebatch-amqp-send";
  broker.access = []() -> Result<queue::Access> { return queue::Access(); };
  const SystemClock clock;
  Outbox outbox;
  queue::Proactor proactor(clock);
  queue::Publisher publisher(proactor, std::move(broker), queue::Timing(), outbox);
  std::size_t sent = 0;
  for (const std::string& file : arguments.files) {
    for (std::string& body : bodies_of(file, arguments.lines)) {
      outbox.add(1);
      queue::Reply message;
      message.ticket = ++sent;
      message.address = arguments.address;
      message.message_id = "message-" + std::to_string(sent);
      message.body = std::move(body);
      publisher.publish({std::move(message)});
    }
  }
  const std::string failure = outbox.wait_for_all();
  publisher.stop();
  outbox.wait_for_end();
  proactor.stop();
  if (!failure.empty()) throw std::runtime_error(failure);
  return sent;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Sends files to a queue, and returns when the broker has them all.");
  Arguments arguments;
  app.add_option("--url", arguments.url, "amqp://HOST:PORT")->required();
  app.add_option("--address", arguments.address, "/queue/NAME")->required();
  app.add_option("--lines", arguments.lines, "lines in a message; 0: the whole file is one");
  app.add_option("files", arguments.files, "files to send")->required();
  CLI11_PARSE(app, argc, argv);
  try {
    std::cout << send(arguments) << " messages\n";
  } catch (const std::exception& problem) {
    std::cerr << "devicebatch-amqp-send: " << problem.what() << '\n';
    return 1;
  }
  return 0;
}
