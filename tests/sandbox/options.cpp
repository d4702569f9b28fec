#include "sandbox/options.hpp"

#include "base/text.hpp"

#include <charconv>

namespace devicebatch::sandbox {
namespace {

bool read_number(std::string_view text, std::uint64_t& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() && !text.empty();
}

// An option given without a value is a yes.
bool read_switch(std::string_view text, bool& on) {
  const std::string word = to_lower(text);
  if (word.empty() || word == "yes" || word == "true" || word == "1") return on = true, true;
  if (word == "no" || word == "false" || word == "0") return on = false, true;
  return false;
}

template <class Duration>
bool read_duration(std::string_view text, Duration& duration) {
  std::uint64_t number = 0;
  if (!read_number(text, number) || number > 1'000'000'000) return false;
  duration = Duration(static_cast<std::int64_t>(number));
  return true;
}

template <class Choice>
struct Word {
  const char* word;
  Choice choice;
};

template <class Choice, std::size_t N>
bool read_choice(std::string_view text, Choice& chosen, const Word<Choice> (&words)[N]) {
  for (const Word<Choice>& each : words) {
    if (equals_ignoring_case(text, each.word)) return chosen = each.choice, true;
  }
  return false;
}

bool set_existing_batch(Options& options, std::string_view value) {
  return read_choice(value, options.existing_batch,
                     {{"conflict", ExistingBatch::conflict},
                      {"append", ExistingBatch::append},
                      {"bad_request", ExistingBatch::bad_request}});
}

bool set_location(Options& options, std::string_view value) {
  return read_choice(value, options.location,
                     {{"relative", LocationForm::relative}, {"absolute", LocationForm::absolute}});
}

bool set_status_style(Options& options, std::string_view value) {
  return read_choice(value, options.status_style,
                     {{"docs", StatusStyle::docs}, {"strict", StatusStyle::strict}});
}

bool set_paging(Options& options, std::string_view value) {
  return read_choice(value, options.paging,
                     {{"body", Paging::body}, {"links", Paging::links}, {"both", Paging::both}});
}

bool set_expect(Options& options, std::string_view value) {
  return read_choice(value, options.expect,
                     {{"honour", Expectation::honour},
                      {"ignore", Expectation::ignore},
                      {"refuse", Expectation::refuse}});
}

template <auto Member>
bool set_switch(Options& options, std::string_view value) {
  return read_switch(value, options.*Member);
}

template <auto Member>
bool set_number(Options& options, std::string_view value) {
  return read_number(value, options.*Member);
}

template <auto Member>
bool set_duration(Options& options, std::string_view value) {
  return read_duration(value, options.*Member);
}

template <auto Member>
bool set_text(Options& options, std::string_view value) {
  options.*Member = std::string(value);
  return true;
}

}  // namespace

const std::vector<Knob>& knobs() {
  static const std::vector<Knob> kKnobs = {
      {"latency_ms", "time an upload takes to be answered", set_duration<&Options::latency>},
      {"job_ms", "time a job takes: a quarter queued, then processing",
       set_duration<&Options::job_time>},
      {"token_seconds", "lifetime of a token", set_duration<&Options::token_lifetime>},
      {"client_secret", "the only secret accepted", set_text<&Options::client_secret>},
      {"resource", "the audience a token must be for", set_text<&Options::resource>},
      {"honours_request_id", "yes|no: a repeated MS-RequestId is the same upload",
       set_switch<&Options::honours_request_id>},
      {"existing_batch", "conflict|append|bad_request: answer to creating a batch that exists",
       set_existing_batch},
      {"app_only_creates", "yes|no: app-only tokens may create batches",
       set_switch<&Options::app_only_creates>},
      {"bom", "yes|no: bodies start with a UTF-8 BOM", set_switch<&Options::sends_bom>},
      {"location", "relative|absolute", set_location},
      {"status_style", "docs|strict: a job with failed devices is `finished` or not",
       set_status_style},
      {"known_tuples", "yes|no: rows without a hash are known to the manufacturer",
       set_switch<&Options::knows_tuples>},
      {"detects_registered", "yes|no: no counts a second registration instead of answering 806",
       set_switch<&Options::detects_registered>},
      {"accept_dummy_hashes", "yes|no: take any text as a hardware hash",
       set_switch<&Options::accepts_dummy_hashes>},
      {"max_devices", "devices of one upload", set_number<&Options::max_devices>},
      {"max_body_bytes", "largest body, 413 above", set_number<&Options::max_body_bytes>},
      {"page_size", "devices of one page", set_number<&Options::page_size>},
      {"batch_page_size", "batches of one page, 0 for all", set_number<&Options::batch_page_size>},
      {"paging", "body|links|both: where the continuation token stands", set_paging},
      {"expect", "honour|ignore|refuse: what to do about Expect: 100-continue", set_expect},
  };
  return kKnobs;
}

Result<void> set_knob(Options& options, std::string_view name, std::string_view value) {
  for (const Knob& knob : knobs()) {
    if (knob.name != name) continue;
    if (knob.set(options, value)) return {};
    return fail(Errc::bad_config, std::string(name) + ": \"" + printable(value) +
                                      "\" is not accepted (" + knob.help + ")");
  }
  return fail(Errc::bad_config, "no such option: " + printable(name));
}

}  // namespace devicebatch::sandbox
