// engine/delivery/batch_lookup.hpp - does the batch of a destination exist, and how is it spelled?
//
// Threading: the loop's thread.
// Source:    docs/protocol.md, E4: all pages are read, names are compared without case, and the
//            spelling of the service is kept for later requests.
#pragma once

#include "engine/delivery/service_calls.hpp"
#include "partner_center/api.hpp"
#include "partner_center/pages.hpp"

namespace devicebatch::engine {

class BatchLookup {
 public:
  BatchLookup(Context& context, Destination& destination);

  // Commits what it found; after trouble it leaves when to ask again, or a pause, behind.
  asio::awaitable<bool> run();

 private:
  asio::awaitable<std::optional<partner_center::BatchPage>> read_page(std::string continuation);
  asio::awaitable<void> record(std::string spelling);
  void failed(const std::string& why, std::optional<std::chrono::milliseconds> retry_after);

  Context& context_;
  Destination& destination_;
  LedgerPort ledger_;
  partner_center::Api api_;
};

}  // namespace devicebatch::engine
