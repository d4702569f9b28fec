#include "http/curl_transport.hpp"

#include "base/check.hpp"
#include "base/clock.hpp"
#include "http/curl_exchange.hpp"
#include "http/curl_handles.hpp"

#include <pthread.h>
#include <signal.h>

#include <algorithm>
#include <deque>
#include <mutex>
#include <thread>
#include <unordered_map>

namespace devicebatch::http {

namespace {

// An upper bound: libcurl wakes earlier for its own timers, start() and the destructor wake it too.
constexpr std::chrono::milliseconds kLongestSleep{3'600'000};

void set_up_libcurl() {
  static const CURLcode result = curl_global_init(CURL_GLOBAL_DEFAULT);
  DEVICEBATCH_CHECK(result == CURLE_OK);
}

Error cancelled() {
  return Error(Errc::cancelled, "the transport is stopping");
}

}  // namespace

// Everything but the inbox belongs to the transport thread.
class CurlTransport::Loop {
 public:
  explicit Loop(CurlOptions options) : options_(std::move(options)) {
    set_up_libcurl();
    multi_.reset(curl_multi_init());
    DEVICEBATCH_CHECK(multi_ != nullptr);
    const long connections = options_.connections_max;
    curl_multi_setopt(multi_.get(), CURLMOPT_MAXCONNECTS, connections);
    curl_multi_setopt(multi_.get(), CURLMOPT_PIPELINING, static_cast<long>(CURLPIPE_NOTHING));
    thread_ = std::thread([this] { run(); });
  }

  ~Loop() {
    {
      const std::lock_guard lock(mutex_);
      is_stopping_ = true;
    }
    curl_multi_wakeup(multi_.get());
    thread_.join();
  }

  void start(Request request, Completion completion) {
    auto exchange = std::make_unique<CurlExchange>(std::move(request), std::move(completion));
    {
      const std::lock_guard lock(mutex_);
      inbox_.push_back(std::move(exchange));
    }
    curl_multi_wakeup(multi_.get());
  }

 private:
  using Exchange = std::unique_ptr<CurlExchange>;

  void run() {
    pthread_setname_np(pthread_self(), "transport");
    block_broken_pipe_signal();
    while (!is_stopping()) {
      begin_what_fits();
      int running = 0;
      DEVICEBATCH_CHECK(curl_multi_perform(multi_.get(), &running) == CURLM_OK);
      // Room that was made is used before sleeping.
      if (finish_what_is_over() || give_up_what_hangs()) continue;
      curl_multi_poll(multi_.get(), nullptr, 0, sleep_ms(), nullptr);
    }
    cancel_all();
  }

  // CURLOPT_NOSIGNAL leaves SIGPIPE to us; a peer that went away is an error, not a death.
  static void block_broken_pipe_signal() {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  }

  bool is_stopping() {
    const std::lock_guard lock(mutex_);
    return is_stopping_;
  }

  Exchange next_from_inbox() {
    const std::lock_guard lock(mutex_);
    if (inbox_.empty()) return nullptr;
    Exchange exchange = std::move(inbox_.front());
    inbox_.pop_front();
    return exchange;
  }

  // The queue is ours, because time spent in libcurl's would count against the request's timeout.
  void begin_what_fits() {
    while (active_.size() < static_cast<std::size_t>(options_.connections_max)) {
      Exchange exchange = next_from_inbox();
      if (!exchange) return;
      begin(std::move(exchange));
    }
  }

  void begin(Exchange exchange) {
    const Result<void> prepared = exchange->prepare(take_handle(), options_);
    if (!prepared) {
      idle_.push_back(exchange->release_easy());
      exchange->complete(fail(prepared.error()));
      return;
    }
    CURL* easy = exchange->easy();
    active_.emplace(easy, std::move(exchange));
    DEVICEBATCH_CHECK(curl_multi_add_handle(multi_.get(), easy) == CURLM_OK);
  }

  EasyHandle take_handle() {
    if (idle_.empty()) {
      EasyHandle easy(curl_easy_init());
      DEVICEBATCH_CHECK(easy != nullptr);
      return easy;
    }
    EasyHandle easy = std::move(idle_.back());
    idle_.pop_back();
    return easy;
  }

  bool finish_what_is_over() {
    bool has_finished = false;
    int left = 0;
    while (CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      // The message dies with the removal of its handle.
      CURL* easy = message->easy_handle;
      const CURLcode code = message->data.result;
      Exchange exchange = remove(easy);
      Result<Response> result = exchange->finish(code);
      idle_.push_back(exchange->release_easy());
      exchange->complete(std::move(result));
      has_finished = true;
    }
    return has_finished;
  }

  // A transfer that is removed takes its connection with it.
  bool give_up_what_hangs() {
    std::vector<std::pair<CURL*, Transfer>> hanging;
    const MonoTime now = clock_.now_mono();
    for (auto& [easy, exchange] : active_) {
      const Transfer transfer = exchange->look(now);
      if (transfer != Transfer::goes_on) hanging.emplace_back(easy, transfer);
    }
    for (const auto& [easy, why] : hanging) {
      Exchange exchange = remove(easy);
      Error error = exchange->gave_up(why);
      idle_.push_back(exchange->release_easy());
      exchange->complete(fail(std::move(error)));
    }
    return !hanging.empty();
  }

  int sleep_ms() const {
    auto sleep = kLongestSleep;
    const MonoTime now = clock_.now_mono();
    for (const auto& [easy, exchange] : active_) {
      const auto next = exchange->next_look();
      if (!next) continue;
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(*next - now);
      sleep = std::clamp(left, std::chrono::milliseconds(0), sleep);
    }
    return static_cast<int>(sleep.count());
  }

  Exchange remove(CURL* easy) {
    const auto found = active_.find(easy);
    DEVICEBATCH_CHECK(found != active_.end());
    Exchange exchange = std::move(found->second);
    active_.erase(found);
    curl_multi_remove_handle(multi_.get(), easy);
    return exchange;
  }

  void cancel_all() {
    while (!active_.empty()) {
      Exchange exchange = remove(active_.begin()->first);
      exchange->complete(fail(cancelled()));
    }
    // Completions may have started more.
    while (Exchange exchange = next_from_inbox()) exchange->complete(fail(cancelled()));
  }

  const CurlOptions options_;
  const SystemClock clock_;
  MultiHandle multi_;
  std::mutex mutex_;  // guards the inbox and the flag: this is where work is handed across
  std::deque<Exchange> inbox_;
  bool is_stopping_ = false;
  std::unordered_map<CURL*, Exchange> active_;
  std::vector<EasyHandle> idle_;
  std::thread thread_;
};

CurlTransport::CurlTransport(CurlOptions options)
    : loop_(std::make_unique<Loop>(std::move(options))) {}

CurlTransport::~CurlTransport() = default;

void CurlTransport::start(Request request, Completion completion) {
  loop_->start(std::move(request), std::move(completion));
}

}  // namespace devicebatch::http
