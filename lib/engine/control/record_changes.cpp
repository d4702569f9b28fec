#include "engine/control/record_changes.hpp"

#include "engine/control/listings.hpp"
#include "engine/control/request_fields.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <array>

namespace devicebatch::engine {
namespace {

namespace json = boost::json;
using ledger::Ledger;
using ledger::RecordFilter;
using ledger::RecordStage;
using std::chrono::milliseconds;

// Nothing is put off for longer than a year.
constexpr milliseconds kSpacingMax = std::chrono::hours(24);
constexpr milliseconds kDelayMax = std::chrono::hours(24 * 365);

struct When {
  UtcTime now{};
  UtcTime not_before{};
};

Result<void> retry(Ledger& ledger, RecordId id, const ledger::Actor& actor, const When& when) {
  return ledger.operators().retry(id, when.not_before, actor, when.now);
}
Result<void> hold(Ledger& ledger, RecordId id, const ledger::Actor& actor, const When& when) {
  return ledger.operators().hold(id, actor, when.now);
}
Result<void> release(Ledger& ledger, RecordId id, const ledger::Actor& actor, const When& when) {
  return ledger.operators().release(id, actor, when.now);
}
Result<void> cancel(Ledger& ledger, RecordId id, const ledger::Actor& actor, const When& when) {
  return ledger.operators().cancel(id, actor, when.now);
}

template <ledger::Resolution how>
Result<void> resolve(Ledger& ledger, RecordId id, const ledger::Actor& actor, const When& when) {
  return ledger.operators().resolve(id, how, actor, when.now);
}

// What a choice means that says nothing about where the records are: those for which the verb is
// made, so that `all=ALL` does not name a million records only to have them refused.
void narrow_to_failed(RecordFilter& filter) {
  filter.is_dead_letter = filter.code != "operator.cancelled";
  filter.verdict = Verdict::failed;
}
void narrow_to_waiting(RecordFilter& filter) {
  filter.stage = RecordStage::waiting;
}
void narrow_to_held(RecordFilter& filter) {
  filter.stage = RecordStage::held;
}
void narrow_to_pending(RecordFilter& filter) {
  filter.verdict = Verdict::none;
}

void narrow_to_conflicts(RecordFilter& filter) {
  filter.verdict = Verdict::conflict;
}

struct RecordChange {
  std::string_view verb;
  std::string_view how;  // of a verb that has several ways
  Result<void> (*apply)(Ledger&, RecordId, const ledger::Actor&, const When&);
  void (*narrow)(RecordFilter&);
};
constexpr std::array kRecordChanges{
    RecordChange{"retry", "", retry, narrow_to_failed},
    RecordChange{"hold", "", hold, narrow_to_waiting},
    RecordChange{"release", "", release, narrow_to_held},
    RecordChange{"cancel", "", cancel, narrow_to_pending},
    RecordChange{"resolve", "keep", resolve<ledger::Resolution::keep>, narrow_to_conflicts},
    RecordChange{"resolve", "send", resolve<ledger::Resolution::send>, narrow_to_conflicts},
    RecordChange{"resolve", "drop", resolve<ledger::Resolution::drop>, narrow_to_conflicts},
};

Result<void> hurry(Ledger& ledger, ChunkId id, const ledger::Actor& actor, UtcTime now) {
  return ledger.operators().hurry(id, actor, now);
}
Result<void> look(Ledger& ledger, ChunkId id, const ledger::Actor& actor, UtcTime now) {
  return ledger.operators().look_for(id, actor, now);
}

struct ChunkChange {
  std::string_view verb;
  Result<void> (*apply)(Ledger&, ChunkId, const ledger::Actor&, UtcTime);
};
constexpr std::array kChunkChanges{
    ChunkChange{"hurry", hurry},
    ChunkChange{"look", look},
};

// What the ledger says no to, with its reason; anything else is trouble of its own.
bool is_refusal(const Error& error) {
  return error.code() == Errc::rejected || error.code() == Errc::not_found;
}

json::object refusal_json(std::int64_t id, const Error& error) {
  return {{"id", id}, {"code", to_string(error.code())}, {"message", error.message()}};
}

// Each retried record gets its own time, so that they do not come back together.
class Spacing {
 public:
  Spacing(const json::object& request, UtcTime now)
      : now_(now),
        step_(std::min(milliseconds(number_field(request, "spacing_ms")), kSpacingMax)),
        turn_(number_field(request, "already")) {}

  UtcTime next() const {
    if (step_.count() == 0) return now_;
    return now_ + step_ * std::min(turn_, kDelayMax / step_);
  }
  void took() { ++turn_; }

 private:
  UtcTime now_;
  milliseconds step_;
  std::int64_t turn_;
};

struct Deed {
  ledger::Actor actor;
  UtcTime now{};
};

class RecordPage {
 public:
  RecordPage(Ledger& ledger, const RecordChange& change, const Deed& deed, Spacing spacing)
      : ledger_(ledger), change_(change), deed_(deed), spacing_(spacing) {}

  Result<void> apply(const ledger::RecordLine& line, const DestinationBook& book) {
    const When when{deed_.now, spacing_.next()};
    Result<void> done = change_.apply(ledger_, line.record, deed_.actor, when);
    if (!done) return refuse(line.record, std::move(done.error()));
    spacing_.took();
    json::object entry = record_line_json(line, book);
    if (when.not_before > when.now) entry["due"] = format_utc(when.not_before);
    changed_.push_back(std::move(entry));
    return {};
  }

  Result<void> apply(RecordId id, const DestinationBook& book) {
    Result<ledger::RecordLine> line = ledger_.operators().record(id);
    if (!line) return refuse(id, std::move(line.error()));
    return apply(*line, book);
  }

  json::object answer(std::optional<RecordId> next) {
    json::object object;
    object["verb"] = change_.verb;
    if (!change_.how.empty()) object["how"] = change_.how;
    object["changed"] = std::move(changed_);
    object["refused"] = std::move(refused_);
    object["next"] = next ? json::value(next->value) : json::value(nullptr);
    return object;
  }

 private:
  Result<void> refuse(RecordId id, Error error) {
    if (!is_refusal(error)) return fail(std::move(error));
    refused_.push_back(refusal_json(id.value, error));
    return {};
  }

  Ledger& ledger_;
  const RecordChange& change_;
  const Deed& deed_;
  Spacing spacing_;
  json::array changed_;
  json::array refused_;
};

Result<RecordFilter> chosen(const json::object& request, const RecordChange& change,
                            const DestinationBook& book, Ledger& ledger) {
  Result<RecordChoice> choice = read_record_choice(request, book, ledger);
  if (!choice) return fail(std::move(choice.error()));
  RecordFilter& filter = choice->filter;
  RecordFilter conditions = filter;
  conditions.is_dead_letter = false;  // all that failed are a lot, too
  if (is_unbounded(conditions) && !choice->is_all) {
    return fail(Errc::rejected, "say which: ids, or conditions, or all=ALL for everything");
  }
  if (!filter.stage && !filter.verdict) change.narrow(filter);
  return filter;
}

Result<json::object> change_records(Ledger& ledger, const json::object& request,
                                    const RecordChange& change, const DestinationBook& book,
                                    const Deed& deed) {
  RecordPage page(ledger, change, deed, Spacing(request, deed.now));
  if (request.contains("ids")) {
    Result<std::vector<std::int64_t>> ids = numbers_field(request, "ids");
    if (!ids) return fail(std::move(ids.error()));
    for (const std::int64_t id : *ids) {
      Result<void> applied = page.apply(RecordId{id}, book);
      if (!applied) return fail(std::move(applied.error()));
    }
    return page.answer(std::nullopt);
  }
  Result<RecordFilter> filter = chosen(request, change, book, ledger);
  if (!filter) return fail(std::move(filter.error()));
  const RecordId after{number_field(request, "after")};
  auto found = ledger.operators().records(*filter, after, page_rows(request));
  if (!found) return fail(std::move(found.error()));
  for (const ledger::RecordLine& line : found->rows) {
    Result<void> applied = page.apply(line, book);
    if (!applied) return fail(std::move(applied.error()));
  }
  return page.answer(found->next);
}

Result<json::object> change_chunks(Ledger& ledger, const json::object& request,
                                   const ChunkChange& change, const Deed& deed) {
  Result<std::vector<std::int64_t>> ids = numbers_field(request, "ids");
  if (!ids) return fail(std::move(ids.error()));
  json::array changed;
  json::array refused;
  for (const std::int64_t id : *ids) {
    Result<void> done = change.apply(ledger, ChunkId{id}, deed.actor, deed.now);
    if (done) {
      changed.push_back(json::object{{"chunk", id}});
    } else if (is_refusal(done.error())) {
      refused.push_back(refusal_json(id, done.error()));
    } else {
      return fail(std::move(done.error()));
    }
  }
  return json::object{{"verb", change.verb},
                      {"changed", std::move(changed)},
                      {"refused", std::move(refused)},
                      {"next", nullptr}};
}

}  // namespace

Result<json::object> change_by_hand(Ledger& ledger, const json::object& request,
                                    const DestinationBook& book, const ledger::Actor& actor,
                                    UtcTime now) {
  const std::string verb = text_field(request, "verb");
  const Deed deed{actor, now};
  const std::string how = text_field(request, "how");
  if (verb == "resolve" && !ledger::parse_resolution(how)) {
    return fail(Errc::rejected, "say how: keep, send or drop");
  }
  const auto of_records = std::ranges::find_if(kRecordChanges, [&](const RecordChange& change) {
    return change.verb == verb && (change.how.empty() || change.how == how);
  });
  if (of_records != kRecordChanges.end()) {
    return change_records(ledger, request, *of_records, book, deed);
  }
  const auto of_chunks = std::ranges::find(kChunkChanges, verb, &ChunkChange::verb);
  if (of_chunks != kChunkChanges.end()) return change_chunks(ledger, request, *of_chunks, deed);
  return fail(Errc::rejected, "nothing is changed by that verb");
}

}  // namespace devicebatch::engine
