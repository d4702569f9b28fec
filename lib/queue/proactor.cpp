#include "queue/proactor.hpp"

#include <proton/connection.h>
#include <proton/event.h>
#include <pthread.h>

#include <algorithm>

namespace devicebatch::queue {

Proactor::Proactor(const Clock& clock) : clock_(clock), proactor_(pn_proactor()) {
  thread_ = std::thread([this] {
    pthread_setname_np(pthread_self(), "queue");
    run();
  });
}

Proactor::~Proactor() {
  stop();
  pn_proactor_free(proactor_);
}

void Proactor::stop() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  pn_proactor_interrupt(proactor_);
  if (thread_.joinable()) thread_.join();
}

void Proactor::post(Work work) {
  {
    const std::lock_guard lock(mutex_);
    if (is_stopping_) return;
    posted_.push_back(std::move(work));
  }
  pn_proactor_interrupt(proactor_);
}

void Proactor::connect(pn_connection_t* connection, pn_transport_t* transport,
                       const std::string& address) {
  pn_proactor_connect2(proactor_, connection, transport, address.c_str());
}

void Proactor::run_after(std::chrono::milliseconds delay, Work work) {
  timers_.emplace(now() + delay, std::move(work));
  set_alarm();
}

void Proactor::set_alarm() {
  if (timers_.empty()) return;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(timers_.begin()->first - now());
  // One at least: at 0 the library would tell nobody.
  pn_proactor_set_timeout(
      proactor_, static_cast<pn_millis_t>(std::clamp<std::int64_t>(left.count(), 1, 60'000)));
}

void Proactor::run_due() {
  const MonoTime current = now();
  while (!timers_.empty() && timers_.begin()->first <= current) {
    const Work work = std::move(timers_.begin()->second);
    timers_.erase(timers_.begin());
    work();
  }
  set_alarm();
}

void Proactor::run_posted() {
  std::vector<Work> posted;
  {
    const std::lock_guard lock(mutex_);
    posted.swap(posted_);
  }
  for (const Work& work : posted) work();
}

void Proactor::dispatch(pn_event_t* event) {
  switch (pn_event_type(event)) {
    case PN_PROACTOR_INTERRUPT:
      return run_posted();
    case PN_PROACTOR_TIMEOUT:
      return run_due();
    default:
      break;
  }
  pn_connection_t* const connection = pn_event_connection(event);
  if (connection == nullptr) return;
  auto* const handler = static_cast<EventHandler*>(pn_connection_get_context(connection));
  if (handler != nullptr) handler->handle(event);
}

void Proactor::run() {
  for (;;) {
    pn_event_batch_t* const batch = pn_proactor_wait(proactor_);
    while (pn_event_t* const event = pn_event_batch_next(batch)) dispatch(event);
    pn_proactor_done(proactor_, batch);
    const std::lock_guard lock(mutex_);
    if (is_stopping_) return;
  }
}

}  // namespace devicebatch::queue
