// engine/delivery/chunk_post.hpp - one attempt to hand one chunk to the service.
//
// Purpose:   rebuild the body, commit the attempt, send, commit the outcome: promises I4 and I5.
// Threading: the loop's thread; bodies are built on a worker.
// Source:    docs/architecture.md, "Life of a chunk".
#pragma once

#include "engine/delivery/service_calls.hpp"
#include "partner_center/encode.hpp"

namespace devicebatch::engine {

class ChunkPost {
 public:
  ChunkPost(Context& context, Destination& destination);

  // What happened, as far as the caller has to act: true when there is a job to follow, or records
  // got their verdict.
  asio::awaitable<bool> attempt(ChunkId chunk);

 private:
  struct Body {
    std::string text;  // some megabytes: moved into the request, built again for another
    Digest digest{};
  };
  // One attempt under way: its tries share request id, body and correlation id.
  struct Attempt {
    ledger::ChunkRow chunk;
    Uuid correlation;
    flow::PostContext judged;
    std::size_t body_bytes = 0;
  };
  asio::awaitable<Body> build_body(const ledger::ChunkRow& chunk);
  asio::awaitable<void> begin(const Attempt& attempt, const Body& body);
  asio::awaitable<bool> send_and_record(Attempt attempt, Body body, HeldToken token);
  asio::awaitable<ServiceReply> send(const Attempt& attempt, Body body, HeldToken token);
  asio::awaitable<bool> record(const Attempt& attempt, ServiceReply reply, flow::PostStep step);
  asio::awaitable<void> record_submitted(const Attempt& attempt, const ServiceReply& reply);
  asio::awaitable<void> record_failed(const Attempt& attempt, const ServiceReply& reply,
                                      const flow::PostStep& step, ledger::FailureKind kind);
  asio::awaitable<void> record_split(const Attempt& attempt, const ServiceReply& reply,
                                     const flow::PostStep& step);
  asio::awaitable<void> record_refused(const Attempt& attempt, const ServiceReply& reply,
                                       const flow::PostStep& step);
  asio::awaitable<void> record_void(const Attempt& attempt, const ServiceReply& reply,
                                    const flow::PostStep& step);
  http::Request make_request(const Attempt& attempt, Body body,
                             std::shared_ptr<const Secret> bearer) const;
  void log_outcome(const Attempt& attempt, const ServiceReply& reply,
                   const flow::PostStep& step) const;

  Context& context_;
  Destination& destination_;
  LedgerPort ledger_;
  partner_center::Api api_;
  partner_center::WireBody form_;
  flow::PostRules rules_;
};

partner_center::WireBody wire_form(const settings::Settings& settings);

}  // namespace devicebatch::engine
