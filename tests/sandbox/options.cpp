#include "sandbox/options.hpp"

#include "base/text.hpp"

#include <charconv>

namespace devicebatch::sandbox {
namespace {

template <class Number>
bool read_number(std::string_view text, Number& number) {
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
  if (!read_number(text, number) || number > 1'000'000'000'000) return false;
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

bool set_status_words(Options& options, std::string_view value) {
  return read_choice(value, options.status_words,
                     {{"snake", StatusWords::snake},
                      {"camel", StatusWords::camel},
                      {"pascal", StatusWords::pascal},
                      {"number", StatusWords::number},
                      {"unheard", StatusWords::unheard}});
}

bool set_casing(Options& options, std::string_view value) {
  return read_choice(value, options.casing, {{"camel", Casing::camel}, {"pascal", Casing::pascal}});
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

bool set_replay(Options& options, std::string_view value) {
  return read_choice(value, options.replay,
                     {{"same", Replay::same},
                      {"conflict", Replay::conflict},
                      {"earlier", Replay::earlier},
                      {"ignore", Replay::ignore}});
}

// The older name of replay same and ignore.
bool set_honours_request_id(Options& options, std::string_view value) {
  bool honours = true;
  if (!read_switch(value, honours)) return false;
  options.replay = honours ? Replay::same : Replay::ignore;
  return true;
}

bool set_device_code(Options& options, std::string_view value) {
  return read_choice(value, options.device_code,
                     {{"approve", DeviceCodeEnd::approve},
                      {"decline", DeviceCodeEnd::decline},
                      {"expire", DeviceCodeEnd::expire}});
}

bool set_clock(Options& options, std::string_view value) {
  return read_choice(value, options.time_flow,
                     {{"real", TimeFlow::real}, {"virtual", TimeFlow::virtual_time}});
}

bool set_capacity_refusal(Options& options, std::string_view value) {
  return read_choice(value, options.capacity_refusal,
                     {{"503", std::uint64_t{503}}, {"429", std::uint64_t{429}}});
}

bool set_policy_create_status(Options& options, std::string_view value) {
  return read_choice(value, options.policy_create_status,
                     {{"200", std::uint64_t{200}}, {"201", std::uint64_t{201}}});
}

bool set_policy_count_name(Options& options, std::string_view value) {
  return read_choice(value, options.policy_count_name,
                     {{"devicesAssignedCount", std::string("devicesAssignedCount")},
                      {"devicesAssigned", std::string("devicesAssigned")}});
}

bool set_date_offset(Options& options, std::string_view value) {
  std::int64_t seconds = 0;
  constexpr std::int64_t kMost = 1'000'000'000;
  if (!read_number(value, seconds) || seconds > kMost || seconds < -kMost) return false;
  options.date_offset = std::chrono::seconds(seconds);
  return true;
}

bool set_job_lost(Options& options, std::string_view value) {
  options.job.lost.reset();
  return value == "no" || read_duration(value, options.job.lost.emplace());
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

template <auto Member>
bool set_job_switch(Options& options, std::string_view value) {
  return read_switch(value, options.job.*Member);
}

template <auto Member>
bool set_job_number(Options& options, std::string_view value) {
  return read_number(value, options.job.*Member);
}

template <auto Member>
bool set_job_duration(Options& options, std::string_view value) {
  return read_duration(value, options.job.*Member);
}

using O = Options;
using Q = JobQuirks;

const std::vector<Knob> kTimeKnobs = {
    {"latency_ms", "time an upload takes to be answered", set_duration<&O::latency>},
    {"capacity", "uploads processed at once, 0 for all", set_number<&O::capacity>},
    {"capacity_queue", "uploads that may wait for that", set_number<&O::capacity_queue>},
    {"capacity_refusal", "503|429: answer to those beyond", set_capacity_refusal},
    {"clock", "real|virtual: time passes by itself, or by POST /sandbox/clock", set_clock},
    {"date_offset_s", "seconds the service's clock is ahead of ours", set_date_offset},
};

const std::vector<Knob> kTokenKnobs = {
    {"token_seconds", "lifetime of a token", set_duration<&O::token_lifetime>},
    {"client_secret", "accepted secrets, between spaces", set_text<&O::client_secret>},
    {"expired_client_secret", "secrets that were accepted once, between spaces",
     set_text<&O::expired_client_secret>},
    {"client_certificate", "PEM file with the certificates that assertions may be signed with",
     set_text<&O::client_certificate>},
    {"resource", "the audience a token must be for", set_text<&O::resource>},
    {"token_audience", "the audience that tokens are for, whatever was asked",
     set_text<&O::token_audience>},
    {"mfa", "yes|no: users have signed in with a second factor", set_switch<&O::has_mfa>},
    {"refresh_token", "a refresh token that is accepted from the start",
     set_text<&O::refresh_token>},
    {"refresh_token_seconds", "lifetime of a refresh token",
     set_duration<&O::refresh_token_lifetime>},
    {"refresh_token_rotation", "yes|no: each use returns a fresh one",
     set_switch<&O::rotates_refresh_tokens>},
    {"authorization_code", "the code of the interactive consent, good once",
     set_text<&O::authorization_code>},
    {"device_code", "approve|decline|expire: how a sign-in by device code ends", set_device_code},
    {"device_code_pending", "how often it is pending before that",
     set_number<&O::device_code_pending>},
    {"device_code_interval_s", "the time between two polls that clients are told",
     set_number<&O::device_code_interval>},
    {"app_only_creates", "yes|no: app-only tokens may create batches",
     set_switch<&O::app_only_creates>},
    {"app_only_calls", "yes|no: app-only tokens may do anything at all",
     set_switch<&O::app_only_calls>},
};

const std::vector<Knob> kServiceKnobs = {
    {"honours_request_id", "yes|no: short for replay same and replay ignore",
     set_honours_request_id},
    {"replay", "same|conflict|earlier|ignore: answer to a repeated MS-RequestId", set_replay},
    {"replay_window_ms", "time after which an id is as good as new, 0 for never",
     set_duration<&O::replay_window>},
    {"existing_batch", "conflict|append|bad_request: answer to creating a batch that exists",
     set_existing_batch},
    {"bom", "yes|no: bodies start with a UTF-8 BOM", set_switch<&O::sends_bom>},
    {"casing", "camel|pascal: members of bodies; pascal writes codes as numbers", set_casing},
    {"location", "relative|absolute", set_location},
    {"status_style", "docs|strict: a job with failed devices is `finished` or not",
     set_status_style},
    {"status_words", "snake|camel|pascal|number|unheard: how a status is spelled",
     set_status_words},
    {"known_tuples", "yes|no: rows without a hash are known to the manufacturer",
     set_switch<&O::knows_tuples>},
    {"tuples_known_after_ms", "they become known so long after the start",
     set_duration<&O::tuples_known_after>},
    {"detects_registered", "yes|no: no counts a second registration instead of answering 806",
     set_switch<&O::detects_registered>},
    {"accept_dummy_hashes", "yes|no: take any text as a hardware hash",
     set_switch<&O::accepts_dummy_hashes>},
    {"storage_errors", "how often a serial FAIL-STORAGE- fails", set_number<&O::storage_errors>},
    {"max_devices", "devices of one upload", set_number<&O::max_devices>},
    {"max_body_bytes", "largest body, 413 above", set_number<&O::max_body_bytes>},
    {"page_size", "devices of one page", set_number<&O::page_size>},
    {"batch_page_size", "batches of one page, 0 for all", set_number<&O::batch_page_size>},
    {"paging", "body|links|both: where the continuation token stands", set_paging},
    {"expect", "honour|ignore|refuse: what to do about Expect: 100-continue", set_expect},
    {"known_policies", "yes|no: no answers 809 to a policy that was not created",
     set_switch<&O::knows_all_policies>},
    {"policy_create_status", "200|201", set_policy_create_status},
    {"policy_count_name", "devicesAssignedCount|devicesAssigned", set_policy_count_name},
};

const std::vector<Knob> kJobKnobs = {
    {"job_ms", "time a job takes: a quarter queued, then processing", set_duration<&O::job_time>},
    {"job_hidden_ms", "jobs are 404 at first", set_job_duration<&Q::hidden>},
    {"job_unknown_ms", "jobs are `unknown` at first", set_job_duration<&Q::unknown>},
    {"job_lost_ms", "jobs are 404 from then on; no for never", set_job_lost},
    {"batch_hidden_ms", "new batches are 404 at first", set_job_duration<&Q::batch_hidden>},
    {"job_stuck", "yes|no: jobs never end", set_job_switch<&Q::is_stuck>},
    {"job_backwards", "yes|no: a job goes back to queued", set_job_switch<&Q::goes_back>},
    {"job_hides_devices", "yes|no: no devicesStatus until the end",
     set_job_switch<&Q::hides_devices>},
    {"job_null_devices", "yes|no: a null there until the end", set_job_switch<&Q::nulls_devices>},
    {"job_shuffled", "yes|no: devices in any order", set_job_switch<&Q::is_shuffled>},
    {"job_fails", "yes|no: jobs fail as a whole and say nothing of devices",
     set_job_switch<&Q::fails>},
    {"job_fails_devices", "yes|no: every device of a job fails with 801",
     set_job_switch<&Q::fails_devices>},
    {"job_omits", "so many devices are missing from a result", set_job_number<&Q::omitted>},
    {"job_strangers", "so many that nobody sent are in it", set_job_number<&Q::strangers>},
    {"job_repeats", "so many stand in it twice", set_job_number<&Q::repeated>},
    {"job_storage_errors", "so many devices of a job get StorageError",
     set_job_number<&Q::storage_errors>},
};

std::vector<Knob> all_knobs() {
  std::vector<Knob> all;
  for (const auto* part : {&kTimeKnobs, &kTokenKnobs, &kServiceKnobs, &kJobKnobs}) {
    all.insert(all.end(), part->begin(), part->end());
  }
  return all;
}

}  // namespace

const std::vector<Knob>& knobs() {
  static const std::vector<Knob> kKnobs = all_knobs();
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
