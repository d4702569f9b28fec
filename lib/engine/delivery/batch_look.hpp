// engine/delivery/batch_look.hpp - what became of chunks whose fate is unknown?
//
// Purpose:   reads all devices of the batch, page by page, and settles what it finds: promise I5
//            where asking again under the same id is no way.
// Threading: the loop's thread.
// Source:    docs/architecture.md, "Life of a chunk"; the decisions are flow/look_flow.
#pragma once

#include "engine/delivery/batch_lookup.hpp"
#include "flow/look_flow.hpp"

#include <vector>

namespace devicebatch::engine {

class BatchLook {
 public:
  BatchLook(Context& context, Destination& destination, BatchLookup& lookup);

  // Commits what the listing says about these chunks, or when to look again. True: some records
  // got their verdict.
  asio::awaitable<bool> run(std::vector<ChunkId> chunks);
  // A listing under way does not wait for the service any more.
  void stop() { is_stopping_ = true; }

 private:
  struct Sought {
    ledger::ChunkRow chunk;
    std::vector<ledger::OpenMember> members;
  };
  struct Listing {
    bool is_complete = false;
    ledger::ExchangeRecord exchange;
    std::optional<std::chrono::milliseconds> retry_after;
  };
  asio::awaitable<std::vector<Sought>> load(std::vector<ChunkId> chunks);
  asio::awaitable<std::optional<bool>> is_batch_there();
  struct Page {
    enum class Ending { read, nothing_there, later, refused };
    Ending ending = Ending::later;
    partner_center::DevicePage content;
    ledger::ExchangeRecord exchange;
    std::optional<std::chrono::milliseconds> retry_after;
  };
  asio::awaitable<Page> ask_page(std::string continuation);
  asio::awaitable<Page> read_page(std::string continuation);
  asio::awaitable<bool> wait_to_ask_again(const Page& page, int tries);
  asio::awaitable<Listing> read_all(flow::BatchSearch& search);
  asio::awaitable<bool> settle(const Sought& sought, const flow::BatchSearch& search,
                               const Listing& listing, UtcTime started);

  Context& context_;
  Destination& destination_;
  BatchLookup& lookup_;
  LedgerPort ledger_;
  partner_center::Api api_;
  bool is_stopping_ = false;
};

}  // namespace devicebatch::engine
