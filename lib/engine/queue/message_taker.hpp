// engine/queue/message_taker.hpp - from messages to submissions, many at once.
//
// Purpose:   gives messages the way of files: bytes into the queue's private folder, `seen`, the
//            name appears, read, `pending`. Only then is a message's fate known.
// Threading: plain blocking code for a worker thread.
// Source:    docs/decisions/queue.md.
#pragma once

#include "engine/take_files.hpp"

#include "queue/consumer.hpp"

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace devicebatch::engine {

// A queue as a source: one for each destination that its messages may name, over one folder.
struct QueueSources {
  std::map<std::string, std::unique_ptr<Source>> by_destination;
  Source* own = nullptr;
  // The source of a message, by the destination that it names; or why it may not go there.
  tl::expected<Source*, record::Finding> find(std::string_view destination) const;
  void use(std::shared_ptr<const spool::DropFolder> folder) const;
};

// The body is given up as soon as ledger and folder have it: a message that must be begun anew
// after that is the broker's to deliver again.
struct Incoming {
  std::uint64_t number = 0;  // of the delivery
  queue::Message message;
  Source* source = nullptr;
  Uuid uuid;  // of the submission that was begun for it
  // Decided: to be accepted, or refused with a reason. The ledger has it either way.
  struct Fate {
    std::optional<queue::Refusal> refusal;
  };
  std::optional<Fate> fate;
  // What it is counted by, whatever became of its body.
  std::string key;
  bool has_body() const { return !message.body.empty(); }
};

struct TakenMessages {
  std::size_t accepted = 0;
  std::optional<Error> last_error;
};

class MessageTaker {
 public:
  MessageTaker(Context& context, const QueueSources& sources)
      : context_(context), sources_(sources) {}

  // Decides what can be decided. Calling it again with the rest is safe: what an earlier call began
  // is looked up first.
  TakenMessages take(std::span<Incoming> messages) const;

  // Picks up what a stop or a fault left half-read.
  TakeResult resume() const { return FileTaker(context_, *sources_.own).resume(); }

  // Could a message be taken now? A row comes and goes in the ledger, a file in the folder.
  Result<void> probe() const;

 private:
  Result<void> look_up(std::span<Incoming> messages) const;
  std::optional<Error> take_for(const Source& source, std::span<Incoming*> messages) const;
  Result<Arrival> begin(Incoming& incoming, spool::DropFolder::InboundGroup& group) const;

  Context& context_;
  const QueueSources& sources_;
};

}  // namespace devicebatch::engine
