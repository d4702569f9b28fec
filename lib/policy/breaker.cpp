#include "policy/breaker.hpp"

namespace devicebatch::policy {

std::string_view to_string(Breaker::State state) {
  switch (state) {
    case Breaker::State::closed:
      return "closed";
    case Breaker::State::open:
      return "open";
    case Breaker::State::probing:
      return "probing";
  }
  return "unknown";
}

Breaker::State Breaker::state() const {
  if (failures_ < failures_max_) return State::closed;
  return is_probing_ ? State::probing : State::open;
}

bool Breaker::admit(MonoTime now) {
  if (state() == State::closed) return true;
  if (is_probing_ || now < probe_at_) return false;
  is_probing_ = true;
  return true;
}

std::optional<MonoTime> Breaker::blocked_until(MonoTime now) const {
  if (state() == State::closed) return std::nullopt;
  if (is_probing_) return now + probe_interval_;
  if (now >= probe_at_) return std::nullopt;
  return probe_at_;
}

void Breaker::succeeded() {
  failures_ = 0;
  is_probing_ = false;
}

void Breaker::failed(MonoTime now, Random& random) {
  is_probing_ = false;
  if (failures_ < failures_max_) ++failures_;
  if (state() == State::closed) return;
  const auto spread = static_cast<double>(probe_interval_.count()) * 0.1 * random.unit();
  probe_at_ = now + probe_interval_ +
              std::chrono::milliseconds(static_cast<std::chrono::milliseconds::rep>(spread));
}

void Breaker::abandoned() {
  is_probing_ = false;
}

}  // namespace devicebatch::policy
