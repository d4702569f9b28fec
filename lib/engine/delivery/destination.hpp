// engine/delivery/destination.hpp - one destination at work: what its loops share.
//
// Lifecycle: made once at start for each configured destination, lives as long as the engine.
// Threading: the loop's thread.
#pragma once

#include "engine/context.hpp"
#include "engine/delivery/account.hpp"

#include <set>
#include <string>

namespace devicebatch::engine {

struct Destination {
  Destination(Context& context, const settings::Destination& config, DestinationId row,
              Account& owner)
      : name(config.name),
        batch(config.batch),
        customer(*Uuid::parse(config.customer)),
        id(row),
        account(owner),
        changed(context.loop.get_executor()) {}

  // The batch as the service spells it, or as configured while nobody knows better.
  const std::string& batch_on_service() const { return spelling.empty() ? batch : spelling; }

  std::string name;
  std::string batch;
  std::string spelling;
  Uuid customer;
  DestinationId id;
  Account& account;
  Wakeup changed;             // there is, or may be, something to do
  std::set<ChunkId> running;  // POSTs of these, or looks for them, are under way in this process
  bool is_looking = false;    // a listing of the batch is under way
  UtcTime last_planned{};
  UtcTime list_not_before{};
  int list_failures = 0;
};

}  // namespace devicebatch::engine
