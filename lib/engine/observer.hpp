// engine/observer.hpp - what the engine tells whoever counts.
//
// Purpose:   keeps the metrics library out of the engine.
// Threading: called from the loop, the ledger thread and the workers: implementations must cope.
#pragma once

#include "base/clock.hpp"

#include <chrono>
#include <cstddef>
#include <string_view>

namespace devicebatch::engine {

class Observer {
 public:
  virtual ~Observer() = default;
  // `status` 0: no reply. `endpoint` is a literal: "create_batch", "job_status", "token", ...
  virtual void http_exchange(std::string_view endpoint, int status,
                             std::chrono::nanoseconds took) = 0;
  // `outcome` is a literal: "submitted", "retry", "unconfirmed", "refused", "auth", "void".
  virtual void chunk_attempt(std::string_view outcome) = 0;
  virtual void job_poll(std::string_view outcome) = 0;
  virtual void token_refresh(bool worked) = 0;
  // `kind` is a literal: "certificate", "refresh_token". Not everybody counts these.
  virtual void credential_ends(std::string_view account, std::string_view kind, UtcTime end);
  virtual void ledger_commit(std::size_t jobs, std::chrono::nanoseconds took) = 0;
  virtual void folder_listed(std::string_view source, std::string_view cause) = 0;
  virtual void files_waiting(std::string_view source, std::size_t files) = 0;
  // `outcome` is a literal: "accepted", "released", "rejected", "replied". Not everybody has
  // queues.
  virtual void queue_messages(std::string_view queue, std::string_view outcome, std::size_t count);
  virtual void queue_state(std::string_view queue, bool is_connected, std::size_t in_flight);
};

inline void Observer::credential_ends(std::string_view, std::string_view, UtcTime) {}
inline void Observer::queue_messages(std::string_view, std::string_view, std::size_t) {}
inline void Observer::queue_state(std::string_view, bool, std::size_t) {}

}  // namespace devicebatch::engine
