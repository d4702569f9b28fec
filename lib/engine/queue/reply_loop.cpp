#include "engine/queue/reply_loop.hpp"

#include "base/text.hpp"
#include "engine/receipt_text.hpp"

#include <boost/asio/post.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>

namespace devicebatch::engine {
namespace {

template <class T>
using Verb = std::function<Result<T>(ledger::Ledger&)>;

constexpr std::size_t kRepliesAtOnce = 200;
constexpr std::size_t kRepliesUnderWay = 1'000;
constexpr std::size_t kRowsAtOnce = 1'000;
// A larger result is told without its rows; they are in its file.
constexpr std::size_t kReplyBytes = std::size_t{16} << 20;
constexpr std::chrono::seconds kLook{5};
constexpr std::chrono::seconds kRetryDelay{2};
// Of a reply to a message that is no submission.
constexpr std::uint64_t kNoTicket = 0;

Result<std::string> result_text(ledger::Ledger& ledger, SubmissionId submission,
                                const Source& source) {
  Result<ledger::SubmissionSummary> summary = ledger.receipts().summary(submission);
  if (!summary) return fail(std::move(summary.error()));
  const std::string opening = result_json_opening(*summary, source.place_of(summary->destination));
  std::string text = opening;
  bool is_first = true;
  if (!summary->refusal_code.empty()) {
    const std::vector<ledger::ResultRow> refusal{refusal_row(*summary)};
    text += result_json_rows(refusal, true);
    is_first = false;
  }
  for (std::uint64_t after = 0;;) {
    auto rows = ledger.receipts().results(submission, after, kRowsAtOnce);
    if (!rows) return fail(std::move(rows.error()));
    if (rows->empty()) break;
    text += result_json_rows(*rows, is_first);
    is_first = false;
    after = rows->back().line;
    if (text.size() > kReplyBytes) return opening + result_json_closing();
  }
  return text + result_json_closing();
}

}  // namespace

ReplyLoop::ReplyLoop(Context& context, std::function<void(const std::string&)> sent)
    : context_(context),
      sent_hook_(std::move(sent)),
      ledger_(context.ledger_queue, context.log),
      changed_(context.loop.get_executor()) {}

void ReplyLoop::add(queue::Proactor& proactor, const Source& source, queue::Broker broker) {
  queue::PublisherEvents& events = *this;
  Outlet outlet;
  outlet.source = &source;
  outlet.publisher =
      std::make_unique<queue::Publisher>(proactor, std::move(broker), queue::Timing(), events);
  outlets_.emplace(source.config.name, std::move(outlet));
  ++open_publishers_;
}

void ReplyLoop::stop() {
  is_stopping_ = true;
  changed_.raise();
}

void ReplyLoop::published(std::uint64_t ticket, Result<void> outcome) {
  if (ticket == kNoTicket) return;
  asio::post(context_.loop, [this, ticket, outcome = std::move(outcome)] {
    decided(SubmissionId{static_cast<std::int64_t>(ticket)}, outcome);
  });
}

void ReplyLoop::closed() {
  asio::post(context_.loop, [this] {
    --open_publishers_;
    changed_.raise();
  });
}

void ReplyLoop::decided(SubmissionId submission, const Result<void>& outcome) {
  const auto found = under_way_.find(submission);
  if (found == under_way_.end()) return;
  const std::string queue = found->second;
  under_way_.erase(found);
  if (outcome) {
    sent_hook_(queue);
    answered_.push_back(submission);
  } else if (outcome.error().code() == Errc::rejected) {
    // Its result is in the archive; asking for ever would help nobody.
    log(context_.log, LogLevel::warning, "reply.undeliverable", outcome.error().message(),
        {{"queue", queue}, {"submission", submission.value}});
    answered_.push_back(submission);
  } else {
    log(context_.log, LogLevel::debug, "reply.not_sent", outcome.error().message(),
        {{"queue", queue}, {"submission", submission.value}});
    not_before_[submission] = LoopClock::now() + kRetryDelay;
  }
  changed_.raise();
}

void ReplyLoop::tell_refused(const std::string& queue, const queue::Message& message,
                             const queue::Refusal& why) {
  const auto outlet = outlets_.find(queue);
  if (outlet == outlets_.end() || message.reply_to.empty()) return;
  boost::json::object body;
  body["message_id"] = printable(message.id);
  body["state"] = "refused";
  body["code"] = why.condition;
  body["reason"] = why.reason;
  queue::Reply reply;
  reply.ticket = kNoTicket;
  reply.address = message.reply_to;
  reply.correlation_id = message.correlation_id.empty() ? message.id : message.correlation_id;
  reply.body = boost::json::serialize(body);
  outlet->second.publisher->publish({std::move(reply)});
}

asio::awaitable<Result<queue::Reply>> ReplyLoop::make_reply(const ledger::ReplyDue& due,
                                                            const Source& source) {
  const SubmissionId submission = due.submission;
  Verb<std::string> read = [submission, &source](ledger::Ledger& verbs) {
    return result_text(verbs, submission, source);
  };
  Result<std::string> text = co_await ledger_.ask<std::string>(read);
  if (!text) co_return fail(std::move(text.error()));
  queue::Reply reply;
  reply.ticket = static_cast<std::uint64_t>(submission.value);
  reply.address = due.reply_to;
  reply.correlation_id = due.correlation_id;
  reply.message_id = due.uuid.to_string();
  reply.body = std::move(*text);
  co_return reply;
}

// True when replies were handed to the broker, so that more may be due.
asio::awaitable<std::size_t> ReplyLoop::send_due() {
  Verb<Due> ask = [](ledger::Ledger& verbs) {
    return verbs.receipts().unsent_replies(kRepliesUnderWay + kRepliesAtOnce);
  };
  Result<Due> due = co_await ledger_.ask<Due>(ask);
  if (!due) co_return 0;
  const MonoTime now = LoopClock::now();
  std::size_t sent = 0;
  for (const ledger::ReplyDue& one : *due) {
    if (sent >= kRepliesAtOnce || under_way_.size() >= kRepliesUnderWay || is_stopping_) break;
    const auto outlet = outlets_.find(one.source);
    const auto wait = not_before_.find(one.submission);
    const bool is_early = wait != not_before_.end() && wait->second > now;
    // The broker may have confirmed it since the ledger was asked.
    const bool is_sent = under_way_.contains(one.submission) ||
                         std::ranges::find(answered_, one.submission) != answered_.end();
    if (outlet == outlets_.end() || is_early || is_sent) continue;
    const Source& source = *outlet->second.source;
    Result<queue::Reply> reply = co_await make_reply(one, source);
    if (!reply) break;
    under_way_.emplace(one.submission, one.source);
    not_before_.erase(one.submission);
    outlet->second.publisher->publish({std::move(*reply)});
    ++sent;
  }
  co_return sent;
}

asio::awaitable<void> ReplyLoop::store_sent() {
  if (answered_.empty()) co_return;
  std::vector<SubmissionId> answered;
  answered.swap(answered_);
  const UtcTime now = context_.clock.now_utc();
  Verb<void> store = [&](ledger::Ledger& verbs) {
    return verbs.receipts().reply_sent(answered, now);
  };
  Result<void> stored = co_await ledger_.ask<void>(store);
  // At least once: those whose commit failed are due again.
  if (stored) co_return;
  log(context_.log, LogLevel::error, "replies.not_stored", stored.error().message(),
      {{"replies", answered.size()}});
}

asio::awaitable<void> ReplyLoop::run() {
  while (!is_stopping_) {
    co_await store_sent();
    const std::size_t sent = co_await send_due();
    if (sent > 0 && under_way_.size() < kRepliesUnderWay) continue;
    std::optional<std::chrono::milliseconds> pause = kLook;
    if (!not_before_.empty()) pause = kRetryDelay;
    co_await changed_.wait_for(pause);
  }
  for (const auto& [name, outlet] : outlets_) outlet.publisher->stop();
  const std::optional<std::chrono::milliseconds> for_ever;
  while (open_publishers_ > 0) co_await changed_.wait_for(for_ever);
  co_await store_sent();
}

}  // namespace devicebatch::engine
