#include "daemon/report_text.hpp"

#include "daemon/json_text.hpp"
#include "record/verdict.hpp"

#include <cstdio>

namespace devicebatch::daemon {

namespace json = boost::json;

namespace {

std::string padded(std::string_view text, std::size_t width) {
  std::string cell(text);
  if (cell.size() < width) cell.append(width - cell.size(), ' ');
  return cell;
}

std::string padded_number(std::uint64_t number, std::size_t width) {
  const std::string digits = std::to_string(number);
  return digits.size() < width ? std::string(width - digits.size(), ' ') + digits : digits;
}

std::string verdicts_line(const json::object& verdicts) {
  std::string line;
  const auto add = [&](std::string_view word) {
    const std::uint64_t count = number_of(verdicts, word);
    if (count == 0) return;
    if (!line.empty()) line += ", ";
    line += std::to_string(count) + " " + std::string(word);
  };
  add(to_string(Verdict::none));
  for (const Verdict verdict : kFinalVerdicts) add(to_string(verdict));
  return line.empty() ? "none" : line;
}

std::string destination_text(const json::object& destination) {
  const std::string name = text_of(destination, "name");
  std::string text = "destination " + (name.empty() ? "(not in the settings)" : name) + ": batch " +
                     text_of(destination, "batch") + " (" + text_of(destination, "presence") +
                     ") of customer " + text_of(destination, "customer") + "\n";
  const json::object& chunks = object_of(destination, "chunks");
  text += "  records waiting " + std::to_string(number_of(destination, "waiting"));
  for (const char* state : {"planned", "sending", "unconfirmed", "submitted"}) {
    text += ", chunks " + std::string(state) + " " + std::to_string(number_of(chunks, state));
  }
  text += "\n";
  const auto add = [&](const char* label, const std::string& value) {
    if (!value.empty()) text += "  " + padded(label, 16) + value + "\n";
  };
  add("next attempt", text_of(destination, "next_attempt"));
  add("next look", text_of(destination, "next_poll"));
  add("last error", text_of(destination, "last_error"));
  const json::object& paused = object_of(destination, "paused");
  if (!paused.empty()) {
    add("PAUSED", text_of(paused, "code") + " since " + text_of(paused, "since"));
    add("", text_of(paused, "reason"));
  }
  return text;
}

std::string account_text(const json::object& account) {
  std::string text = "account " + text_of(account, "name") + ": at most " +
                     std::to_string(number_of(account, "concurrency")) + " uploads at once";
  if (const std::string until = text_of(account, "throttled_until"); !until.empty()) {
    text += ", throttled until " + until;
  }
  text += "\n";
  const json::object& paused = object_of(account, "paused");
  if (paused.empty()) return text;
  text += "  PAUSED          " + text_of(paused, "code") + " since " + text_of(paused, "since") +
          "\n                  " + text_of(paused, "reason") + "\n";
  return text;
}

std::string ages_text(const json::object& ages) {
  constexpr const char* kAges[] = {"1m", "5m", "30m", "2h", "1d", "older"};
  std::string text = padded("open submissions", 18);
  for (const char* age : kAges) text += padded(age, 8);
  text += "\n";
  for (const auto& state : ages) {
    if (!state.value().is_object()) continue;
    text += "  " + padded(state.key(), 16);
    for (const char* age : kAges) {
      text += padded(std::to_string(number_of(state.value().get_object(), age)), 8);
    }
    text += "\n";
  }
  return text;
}

std::string record_text(const json::object& record) {
  const json::object& submission = object_of(record, "submission");
  std::string text = "record " + std::to_string(number_of(record, "record")) + ": serial " +
                     text_of(record, "serial");
  if (const std::string pkid = text_of(record, "pkid"); !pkid.empty()) text += ", PKID " + pkid;
  const std::string maker = text_of(record, "manufacturer");
  if (!maker.empty()) text += ", " + maker + " " + text_of(record, "model");
  text += "\n  from line " + std::to_string(number_of(record, "line")) + " of " +
          text_of(submission, "file") + " (submission " + text_of(submission, "submission") + ")\n";
  text += "  verdict " + text_of(record, "verdict");
  if (const std::string code = text_of(record, "code"); !code.empty()) text += " [" + code + "]";
  text += "\n";
  for (const char* part : {"message", "fix"}) {
    if (const std::string value = text_of(record, part); !value.empty())
      text += "  " + value + "\n";
  }
  for (const json::value& event : array_of(record, "events")) {
    if (!event.is_object()) continue;
    text += "  " + padded(text_of(event.get_object(), "at"), 26) +
            text_of(event.get_object(), "what") + "\n";
  }
  return text;
}

std::string chunk_text(const json::object& chunk) {
  std::string text = "chunk " + std::to_string(number_of(chunk, "chunk")) + ": " +
                     text_of(chunk, "kind") + ", " + text_of(chunk, "state") + ", " +
                     std::to_string(number_of(chunk, "devices")) + " devices, " +
                     std::to_string(number_of(chunk, "attempts")) + " attempts, " +
                     std::to_string(number_of(chunk, "polls")) + " looks\n";
  text += "  request id  " + text_of(chunk, "request_id") + "\n";
  if (const std::string id = text_of(chunk, "tracking_id"); !id.empty()) {
    text += "  tracking id " + id + "\n";
  }
  if (const std::string error = text_of(chunk, "last_error"); !error.empty()) {
    text += "  last error  " + error + "\n";
  }
  return text;
}

std::string queue_text(const json::object& queue) {
  std::string text = "queue " + text_of(queue, "name") + ": ";
  text += flag_of(queue, "is_connected") ? "connected"
                                         : "NOT CONNECTED: " + text_of(queue, "last_error");
  for (const char* count : {"in_flight", "accepted", "released", "rejected", "replies"}) {
    if (const auto number = number_of(queue, count); number > 0) {
      text += std::string(", ") + (std::string_view(count) == "in_flight" ? "in flight" : count) +
              " " + std::to_string(number);
    }
  }
  return text + "\n";
}

}  // namespace

std::string status_text(const json::object& status) {
  std::string text = "records " + padded_number(number_of(status, "records"), 1) + ": " +
                     verdicts_line(object_of(status, "verdicts")) + "\n";
  text += ages_text(object_of(status, "ages"));
  if (const std::string oldest = text_of(status, "oldest_open"); !oldest.empty()) {
    text += "oldest open " + text_of(status, "oldest_open_name") + " since " + oldest + "\n";
  }
  if (const auto stalled = number_of(status, "stalled_jobs"); stalled > 0) {
    text += "STALLED jobs " + std::to_string(stalled) + "\n";
  }
  if (const auto unknown = number_of(status, "unconfirmed_chunks"); unknown > 0) {
    text += "unconfirmed chunks " + std::to_string(unknown) + "\n";
  }
  if (const auto held = number_of(status, "held"); held > 0) {
    text += "held records " + std::to_string(held) + "\n";
  }
  if (const auto dead = number_of(status, "dead_letters"); dead > 0) {
    text += "dead letters " + std::to_string(dead) + "\n";
  }
  for (const json::value& account : array_of(status, "accounts")) {
    if (account.is_object()) text += account_text(account.get_object());
  }
  for (const json::value& destination : array_of(status, "destinations")) {
    if (destination.is_object()) text += destination_text(destination.get_object());
  }
  for (const json::value& queue : array_of(status, "queues")) {
    if (queue.is_object()) text += queue_text(queue.get_object());
  }
  return text;
}

std::string story_text(const json::object& story) {
  const std::string found_as = text_of(story, "found_as");
  if (found_as.empty()) return "nothing is known about " + text_of(story, "asked") + "\n";
  std::string text = text_of(story, "asked") + " is a " + found_as + "\n";
  for (const json::value& submission : array_of(story, "submissions")) {
    if (submission.is_object()) text += submission_text(submission.get_object());
  }
  for (const json::value& chunk : array_of(story, "chunks")) {
    if (chunk.is_object()) text += chunk_text(chunk.get_object());
  }
  for (const json::value& record : array_of(story, "records")) {
    if (record.is_object()) text += record_text(record.get_object());
  }
  if (flag_of(story, "is_cut")) text += "(there is more)\n";
  return text;
}

std::string verification_text(const json::object& verification) {
  std::string text;
  for (const json::value& line : array_of(verification, "checks")) {
    if (line.is_string()) text += std::string(line.get_string()) + "\n";
  }
  return text + (flag_of(verification, "is_sound") ? "sound\n" : "NOT SOUND\n");
}

std::string submission_text(const json::object& submission) {
  std::string text = "submission " + text_of(submission, "submission") + ": " +
                     text_of(submission, "file") + ", " + text_of(submission, "state") + "\n";
  text += "  rows " + std::to_string(number_of(submission, "records")) + ": " +
          verdicts_line(object_of(submission, "verdicts")) + "\n";
  if (const std::string first = text_of(submission, "repeats"); !first.empty()) {
    text += "  the same file as submission " + first + "\n";
  }
  const json::object& refused = object_of(submission, "refused");
  if (!refused.empty()) {
    text += "  refused [" + text_of(refused, "code") + "] " + text_of(refused, "reason") + " " +
            text_of(refused, "fix") + "\n";
  }
  if (const std::string place = text_of(submission, "archived_as"); !place.empty()) {
    text += "  archived as " + place + "\n";
  }
  return text;
}

}  // namespace devicebatch::daemon
