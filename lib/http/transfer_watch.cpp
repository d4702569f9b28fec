#include "http/transfer_watch.hpp"

namespace devicebatch::http {

TransferWatch::Phase TransferWatch::phase_of(const Progress& progress) {
  // A server may answer before it has the whole request.
  if (progress.is_answered) return Phase::receiving;
  if (!progress.is_connected) return Phase::connecting;
  return progress.is_sent ? Phase::waiting : Phase::sending;
}

std::chrono::milliseconds TransferWatch::bound() const {
  if (phase_ == Phase::connecting) return std::chrono::milliseconds(0);
  return phase_ == Phase::waiting ? first_byte_ : low_speed_;
}

void TransferWatch::begin(Phase phase, const Progress& progress, MonoTime now) {
  phase_ = phase;
  since_ = now;
  bytes_then_ = progress.bytes;
  next_look_.reset();
  if (bound().count() > 0) next_look_ = now + bound();
}

Transfer TransferWatch::look(const Progress& progress, MonoTime now) {
  const Phase phase = phase_of(progress);
  if (phase != phase_) {
    begin(phase, progress, now);
    return Transfer::goes_on;
  }
  if (!next_look_ || now < *next_look_) return Transfer::goes_on;
  if (phase_ == Phase::waiting) return Transfer::no_first_byte;
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(now - since_).count();
  if (progress.bytes - bytes_then_ < static_cast<std::uint64_t>(seconds)) return Transfer::too_slow;
  begin(phase, progress, now);
  return Transfer::goes_on;
}

}  // namespace devicebatch::http
