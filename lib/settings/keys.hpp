// settings/keys.hpp - the table of all keys.
//
// Purpose:   name, member, kind, bounds and rule of every key, once. Reading, printing and the test
//            of the sample file all walk this table.
// Threading: constants; any thread.
// Source:    a key's kind is the type of its member.
#pragma once

#include "settings/settings.hpp"
#include "settings/text_rules.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

namespace devicebatch::settings {

template <class Owner>
using Member =
    std::variant<std::string Owner::*, bool Owner::*, milliseconds Owner::*, std::uint32_t Owner::*,
                 std::uint64_t Owner::*, LogFormat Owner::*, BodyForm Owner::*, Validation Owner::*,
                 HonoursRequestId Owner::*, AccountMode Owner::*, AssertionAlgorithm Owner::*,
                 TokenEndpoint Owner::*, BatchNames Owner::*, ReadyWhen Owner::*,
                 Separator Owner::*, SecretRef Owner::*, Texts Owner::*, TextMap Owner::*>;

template <class Owner>
struct Key {
  std::string_view name;
  Member<Owner> member;
  TextRule rule = nullptr;  // of a text, or of each in a list or a map
  std::uint64_t least = 0;  // of a duration in milliseconds, a count, a size in bytes
  std::uint64_t most = 0;   // of a secret: how many places may be named
  bool is_required = false;
};

// The words of a choice, in the order of the enumerators.
std::span<const std::string_view> words_of(LogFormat);
std::span<const std::string_view> words_of(BodyForm);
std::span<const std::string_view> words_of(Validation);
std::span<const std::string_view> words_of(HonoursRequestId);
std::span<const std::string_view> words_of(AccountMode);
std::span<const std::string_view> words_of(AssertionAlgorithm);
std::span<const std::string_view> words_of(TokenEndpoint);
std::span<const std::string_view> words_of(BatchNames);
std::span<const std::string_view> words_of(ReadyWhen);
std::span<const std::string_view> words_of(Separator);

std::span<const Key<Settings>> top_keys();  // outside any section
std::span<const Key<Settings>> ledger_keys();
std::span<const Key<Settings>> control_keys();
std::span<const Key<Settings>> metrics_keys();
std::span<const Key<Settings>> log_keys();
std::span<const Key<Service>> service_keys();
std::span<const Key<Wire>> wire_keys();
std::span<const Key<Delivery>> delivery_keys();
std::span<const Key<Account>> account_keys();
std::span<const Key<Destination>> destination_keys();
std::span<const Key<Source>> source_keys();
std::span<const Key<Queue>> queue_keys();
std::span<const Key<SecretRef>> secret_keys();

// Calls visit(NAME, KEYS, OWNER) for each section, in the order of the file; "" is the top.
template <class SomeSettings, class Visit>
void for_each_section(SomeSettings& all, Visit&& visit) {
  visit("ledger", ledger_keys(), all);
  visit("control", control_keys(), all);
  visit("metrics", metrics_keys(), all);
  visit("log", log_keys(), all);
  visit("", top_keys(), all);
  visit("partner_center", service_keys(), all.service);
  visit("wire", wire_keys(), all.wire);
  visit("delivery", delivery_keys(), all.delivery);
}

// Calls visit(NAME, KEYS, ITEMS) for each list.
template <class SomeSettings, class Visit>
void for_each_list(SomeSettings& all, Visit&& visit) {
  visit("accounts", account_keys(), all.accounts);
  visit("destinations", destination_keys(), all.destinations);
  visit("sources", source_keys(), all.sources);
  visit("queues", queue_keys(), all.queues);
}

// "delivery.chunk_devices", "accounts[].client_secret.file"...: every key there is.
std::vector<std::string> key_paths();

}  // namespace devicebatch::settings
