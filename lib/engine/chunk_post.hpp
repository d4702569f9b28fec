// engine/chunk_post.hpp - one attempt to hand one chunk to the service.
//
// Purpose:   rebuild the body, commit the attempt, send, commit the outcome: promises I4 and I5.
// Threading: the loop's thread; bodies are built on a worker.
// Source:    docs/architecture.md, "Life of a chunk".
#pragma once

#include "engine/service_calls.hpp"
#include "partner_center/encode.hpp"

namespace devicebatch::engine {

class ChunkPost {
 public:
  ChunkPost(Context& context, Destination& destination);

  // What happened, as far as the caller has to act: true when there is a job to follow.
  asio::awaitable<bool> attempt(ChunkId chunk);

 private:
  struct Body {
    std::string text;  // some megabytes: moved into the request, built again for another
    Digest digest{};
  };
  asio::awaitable<Body> build_body(const ledger::ChunkRow& chunk);
  asio::awaitable<void> begin(const ledger::ChunkRow& chunk, const Body& body,
                              const Uuid& correlation);
  asio::awaitable<bool> record(const ledger::ChunkRow& chunk, ServiceReply reply,
                               flow::PostStep step);
  asio::awaitable<void> record_submitted(const ledger::ChunkRow& chunk, const ServiceReply& reply);
  asio::awaitable<void> record_later(const ledger::ChunkRow& chunk, const ServiceReply& reply,
                                     const flow::PostStep& step);
  asio::awaitable<void> record_refused(const ledger::ChunkRow& chunk, const ServiceReply& reply,
                                       const flow::PostStep& step);
  asio::awaitable<void> record_void(const ledger::ChunkRow& chunk, const ServiceReply& reply,
                                    const flow::PostStep& step);
  http::Request make_request(const ledger::ChunkRow& chunk, Body body, const Uuid& correlation,
                             std::shared_ptr<const Secret> bearer) const;
  void log_outcome(const ledger::ChunkRow& chunk, const ServiceReply& reply,
                   const flow::PostStep& step) const;

  Context& context_;
  Destination& destination_;
  LedgerPort ledger_;
  partner_center::Api api_;
  partner_center::WireBody form_;
  policy::RetryRules rules_;
};

// The API as the settings describe it.
partner_center::Api make_api(const settings::Settings& settings);
partner_center::WireBody wire_form(const settings::Settings& settings);
policy::RetryRules retry_rules(const settings::Settings& settings);

}  // namespace devicebatch::engine
