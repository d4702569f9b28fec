#include "settings/keys.hpp"

#include "settings/clouds.hpp"

#include <array>

namespace devicebatch::settings {
namespace {

constexpr std::uint64_t kSecond = 1'000;
constexpr std::uint64_t kMinute = 60 * kSecond;
constexpr std::uint64_t kHour = 60 * kMinute;
constexpr std::uint64_t kDay = 24 * kHour;

template <class Owner>
constexpr Key<Owner> text(std::string_view name, std::string Owner::*member, TextRule rule) {
  return {name, member, rule};
}

template <class Owner, class Value>
constexpr Key<Owner> texts(std::string_view name, Value Owner::*member, TextRule rule) {
  return {name, member, rule};
}

template <class Owner>
constexpr Key<Owner> required(std::string_view name, std::string Owner::*member, TextRule rule) {
  return {name, member, rule, 0, 0, true};
}

// A duration, a count or a size, within bounds that include their ends.
template <class Owner, class Value>
constexpr Key<Owner> between(std::string_view name, Value Owner::*member, std::uint64_t least,
                             std::uint64_t most) {
  return {name, member, nullptr, least, most};
}

// A flag or a choice of words.
template <class Owner, class Value>
constexpr Key<Owner> choice(std::string_view name, Value Owner::*member) {
  return {name, member};
}

// Where a secret is; at most so many places may be named.
template <class Owner>
constexpr Key<Owner> places(std::string_view name, SecretRef Owner::*member, std::uint64_t most) {
  return {name, member, nullptr, 1, most};
}

constexpr std::array kLedgerKeys = {
    text<Settings>("path", &Settings::ledger_path, wrong_path),
};
constexpr std::array kControlKeys = {
    text<Settings>("socket", &Settings::control_socket, wrong_path),
    text<Settings>("monitor_socket", &Settings::monitor_socket, wrong_file),
    text<Settings>("monitor_group", &Settings::monitor_group, or_empty<wrong_name>),
};
constexpr std::array kMetricsKeys = {
    text<Settings>("listen", &Settings::metrics_listen, wrong_listen),
};
constexpr std::array kLogKeys = {
    text<Settings>("level", &Settings::log_level, wrong_level),
    choice<Settings>("format", &Settings::log_format),
};
constexpr std::array kTopKeys = {
    between<Settings>("drain_deadline", &Settings::drain_deadline, 0, 10 * kMinute),
};

constexpr std::array kServiceKeys = {
    text<Service>("cloud", &Service::cloud, wrong_cloud),
    text<Service>("base_url", &Service::base_url, or_empty<wrong_url>),
    text<Service>("authority_url", &Service::authority_url, or_empty<wrong_url>),
    text<Service>("resource", &Service::resource, or_empty<wrong_resource>),
    text<Service>("application", &Service::application, wrong_application),
    text<Service>("locale", &Service::locale, wrong_locale),
    text<Service>("proxy", &Service::proxy, wrong_proxy),
    text<Service>("ca_file", &Service::ca_file, wrong_file),
    choice<Service>("allow_plain_http", &Service::allow_plain_http),
    between<Service>("connect_timeout", &Service::connect_timeout, 100, 10 * kMinute),
    between<Service>("first_byte_timeout", &Service::first_byte_timeout, 100, kHour),
    between<Service>("low_speed_timeout", &Service::low_speed_timeout, kSecond, kHour),
    between<Service>("request_timeout", &Service::request_timeout, 100, kHour),
    choice<Service>("http2", &Service::http2),
    choice<Service>("server_honours_request_id", &Service::server_honours_request_id),
    between<Service>("request_id_window", &Service::request_id_window, 0, 30 * kDay),
    choice<Service>("batch_names", &Service::batch_names),
};

constexpr std::array kWireKeys = {
    choice<Wire>("body", &Wire::body),
    choice<Wire>("expect_continue", &Wire::expect_continue),
    text<Wire>("contract_version", &Wire::contract_version, wrong_contract_version),
};

// The service is said to take 1,000 devices at a time; a device is about 4.2 KB on the wire.
constexpr std::array kDeliveryKeys = {
    between<Delivery>("chunk_devices", &Delivery::chunk_devices, 1, 1'000),
    between<Delivery>("chunk_bytes", &Delivery::chunk_bytes, 16'384, 16'000'000),
    between<Delivery>("in_flight", &Delivery::in_flight, 1, 64),
    between<Delivery>("in_flight_min", &Delivery::in_flight_min, 1, 64),
    between<Delivery>("linger", &Delivery::linger, 0, kMinute),
    between<Delivery>("retry_first", &Delivery::retry_first, 10, kHour),
    between<Delivery>("retry_ceiling", &Delivery::retry_ceiling, 10, kDay),
    between<Delivery>("retry_after_cap", &Delivery::retry_after_cap, kSecond, kDay),
    between<Delivery>("poll_first", &Delivery::poll_first, 10, kHour),
    between<Delivery>("poll_ceiling", &Delivery::poll_ceiling, 10, kDay),
    between<Delivery>("job_grace", &Delivery::job_grace, 0, kDay),
    between<Delivery>("job_deadline", &Delivery::job_deadline, kSecond, 30 * kDay),
    between<Delivery>("polls_per_second", &Delivery::polls_per_second, 1, 1'000),
    between<Delivery>("give_up_after", &Delivery::give_up_after, kSecond, 365 * kDay),
    between<Delivery>("reconcile_first", &Delivery::reconcile_first, 10, kDay),
    between<Delivery>("reconcile_wait", &Delivery::reconcile_wait, 10, 7 * kDay),
    between<Delivery>("manufacturer_data_retry", &Delivery::manufacturer_data_retry, 10, 30 * kDay),
    between<Delivery>("manufacturer_data_wait", &Delivery::manufacturer_data_wait, 0, 365 * kDay),
    between<Delivery>("breaker_failures", &Delivery::breaker_failures, 1, 1'000),
    between<Delivery>("breaker_probe", &Delivery::breaker_probe, 10, kDay),
    between<Delivery>("token_margin", &Delivery::token_margin, 0, kHour),
};

constexpr std::array kAccountKeys = {
    required<Account>("name", &Account::name, wrong_name),
    required<Account>("tenant", &Account::tenant, wrong_tenant),
    required<Account>("client_id", &Account::client_id, wrong_guid),
    choice<Account>("mode", &Account::mode),
    places<Account>("client_secret", &Account::client_secret, 1),
    places<Account>("certificate", &Account::certificate, 1),
    choice<Account>("assertion_algorithm", &Account::assertion_algorithm),
    choice<Account>("token_endpoint", &Account::token_endpoint),
    places<Account>("refresh_token", &Account::refresh_token, 2),
    between<Account>("refresh_token_max_age", &Account::refresh_token_max_age, kHour, 365 * kDay),
    between<Account>("keep_alive", &Account::keep_alive, kSecond, 60 * kDay),
};

constexpr std::array kDestinationKeys = {
    required<Destination>("name", &Destination::name, wrong_name),
    required<Destination>("account", &Destination::account, wrong_name),
    required<Destination>("customer", &Destination::customer, wrong_guid),
    required<Destination>("batch", &Destination::batch, wrong_batch),
};

// A member of Reading as one of its owner, which template arguments are not deduced to.
template <class Owner, class Value>
constexpr Value Owner::*in(Value Reading::*member) {
  return member;
}

template <class Owner>
constexpr std::array kReadingKeys = {
    choice<Owner>("validation", in<Owner>(&Reading::validation)),
    choice<Owner>("separator", in<Owner>(&Reading::separator)),
    text<Owner>("charset", in<Owner>(&Reading::charset), or_empty<wrong_charset>),
    texts<Owner>("columns", in<Owner>(&Reading::columns), wrong_column),
    text<Owner>("scan_pattern", in<Owner>(&Reading::scan_pattern), or_empty<wrong_pattern>),
    choice<Owner>("extract_key_exports", in<Owner>(&Reading::extract_key_exports)),
    choice<Owner>("hash_only", in<Owner>(&Reading::hash_only)),
    texts<Owner>("group_tags", in<Owner>(&Reading::group_tags), wrong_name),
    texts<Owner>("may_route_to", in<Owner>(&Reading::may_route_to), wrong_name),
};

template <class Key, std::size_t first, std::size_t second>
constexpr std::array<Key, first + second> joined(const std::array<Key, first>& front,
                                                 const std::array<Key, second>& back) {
  std::array<Key, first + second> all{};
  for (std::size_t at = 0; at < first; ++at) all[at] = front[at];
  for (std::size_t at = 0; at < second; ++at) all[first + at] = back[at];
  return all;
}

constexpr std::uint64_t kMostKept = 100'000'000'000'000;
constexpr std::array kFolderKeys = {
    required<Source>("name", &Source::name, wrong_name),
    required<Source>("path", &Source::path, wrong_path),
    required<Source>("destination", &Source::destination, wrong_name),
    choice<Source>("ready", &Source::ready),
    between<Source>("settle", &Source::settle, 0, kHour),
    between<Source>("incomplete_timeout", &Source::incomplete_timeout, 0, 7 * kDay),
    between<Source>("rescan", &Source::rescan, 50, kHour),
    between<Source>("marker_timeout", &Source::marker_timeout, kSecond, 7 * kDay),
    between<Source>("scan_debounce", &Source::scan_debounce, 0, kHour),
    choice<Source>("network", &Source::network),
    choice<Source>("allow_insecure_folder", &Source::allow_insecure_folder),
    text<Source>("archive_path", &Source::archive_path, wrong_file),
    text<Source>("file_name", &Source::file_name, or_empty<wrong_template>),
    between<Source>("keep_done", &Source::keep_done, 0, 3'650 * kDay),
    between<Source>("keep_done_bytes", &Source::keep_done_bytes, 0, kMostKept),
    between<Source>("keep_done_files", &Source::keep_done_files, 0, 4'000'000'000),
    between<Source>("keep_quarantine", &Source::keep_quarantine, 0, 3'650 * kDay),
    between<Source>("keep_quarantine_bytes", &Source::keep_quarantine_bytes, 0, kMostKept),
    between<Source>("keep_quarantine_files", &Source::keep_quarantine_files, 0, 4'000'000'000),
};
constexpr auto kSourceKeys = joined(kFolderKeys, kReadingKeys<Source>);

constexpr std::array kMessageKeys = {
    required<Queue>("name", &Queue::name, wrong_name),
    required<Queue>("url", &Queue::url, wrong_broker),
    required<Queue>("address", &Queue::address, wrong_address),
    required<Queue>("path", &Queue::path, wrong_path),
    required<Queue>("destination", &Queue::destination, wrong_name),
    text<Queue>("user", &Queue::user, or_empty<wrong_user>),
    places<Queue>("password", &Queue::password, 1),
    places<Queue>("certificate", &Queue::certificate, 1),
    text<Queue>("ca_file", &Queue::ca_file, wrong_file),
    choice<Queue>("allow_plain", &Queue::allow_plain),
    between<Queue>("credit", &Queue::credit, 1, 10'000),
    between<Queue>("max_deliveries", &Queue::max_deliveries, 1, 1'000'000),
    between<Queue>("max_message_bytes", &Queue::max_message_bytes, 1'024, 1'000'000'000),
};
constexpr auto kQueueKeys = joined(kMessageKeys, kReadingKeys<Queue>);

constexpr std::array kSecretKeys = {
    text<SecretRef>("credential", &SecretRef::credential, wrong_credential),
    text<SecretRef>("file", &SecretRef::file, wrong_path),
};

constexpr std::array<std::string_view, 3> kLogFormats = {"automatic", "text", "json"};
constexpr std::array<std::string_view, 2> kBodyForms = {"minimal", "sdk"};
constexpr std::array<std::string_view, 2> kValidations = {"strict", "documented"};
constexpr std::array<std::string_view, 3> kHonours = {"auto", "yes", "no"};
constexpr std::array<std::string_view, 2> kModes = {"app_only", "app_user"};
constexpr std::array<std::string_view, 2> kAlgorithms = {"PS256", "RS256"};
constexpr std::array<std::string_view, 2> kTokenEndpoints = {"v1", "v2"};
constexpr std::array<std::string_view, 2> kBatchNames = {"safe", "any"};
constexpr std::array<std::string_view, 3> kReadyWhen = {"stable", "renamed", "marked"};
constexpr std::array<std::string_view, 5> kSeparators = {"automatic", "comma", "semicolon", "tab",
                                                         "pipe"};

template <class Owner>
void add_paths(const std::string& section, std::span<const Key<Owner>> keys,
               std::vector<std::string>& paths) {
  for (const Key<Owner>& key : keys) {
    const std::string path = section + (section.empty() ? "" : ".") + std::string(key.name);
    if (std::holds_alternative<SecretRef Owner::*>(key.member)) {
      for (const Key<SecretRef>& inner : secret_keys()) {
        paths.push_back(path + "." + std::string(inner.name));
      }
    } else {
      paths.push_back(path);
    }
  }
}

}  // namespace

std::span<const std::string_view> words_of(LogFormat) {
  return kLogFormats;
}
std::span<const std::string_view> words_of(BodyForm) {
  return kBodyForms;
}
std::span<const std::string_view> words_of(Validation) {
  return kValidations;
}
std::span<const std::string_view> words_of(HonoursRequestId) {
  return kHonours;
}
std::span<const std::string_view> words_of(AccountMode) {
  return kModes;
}
std::span<const std::string_view> words_of(AssertionAlgorithm) {
  return kAlgorithms;
}
std::span<const std::string_view> words_of(TokenEndpoint) {
  return kTokenEndpoints;
}
std::span<const std::string_view> words_of(BatchNames) {
  return kBatchNames;
}
std::span<const std::string_view> words_of(ReadyWhen) {
  return kReadyWhen;
}
std::span<const std::string_view> words_of(Separator) {
  return kSeparators;
}

std::span<const Key<Settings>> top_keys() {
  return kTopKeys;
}
std::span<const Key<Settings>> ledger_keys() {
  return kLedgerKeys;
}
std::span<const Key<Settings>> control_keys() {
  return kControlKeys;
}
std::span<const Key<Settings>> metrics_keys() {
  return kMetricsKeys;
}
std::span<const Key<Settings>> log_keys() {
  return kLogKeys;
}
std::span<const Key<Service>> service_keys() {
  return kServiceKeys;
}
std::span<const Key<Wire>> wire_keys() {
  return kWireKeys;
}
std::span<const Key<Delivery>> delivery_keys() {
  return kDeliveryKeys;
}
std::span<const Key<Account>> account_keys() {
  return kAccountKeys;
}
std::span<const Key<Destination>> destination_keys() {
  return kDestinationKeys;
}
std::span<const Key<Source>> source_keys() {
  return kSourceKeys;
}
std::span<const Key<Queue>> queue_keys() {
  return kQueueKeys;
}
std::span<const Key<SecretRef>> secret_keys() {
  return kSecretKeys;
}

std::vector<std::string> key_paths() {
  std::vector<std::string> paths;
  const Settings settings;
  for_each_section(settings, [&](const std::string& name, auto keys, const auto&) {
    add_paths(name, keys, paths);
  });
  for_each_list(settings, [&](const std::string& name, auto keys, const auto&) {
    add_paths(name + "[]", keys, paths);
  });
  return paths;
}

}  // namespace devicebatch::settings
