#include "sandbox/world.hpp"

#include "base/text.hpp"
#include "base/uuid.hpp"

#include <boost/json/value.hpp>

namespace devicebatch::sandbox {
namespace {

namespace json = boost::json;

std::unique_ptr<Random> make_random(std::uint64_t seed) {
  if (seed == 0) return std::make_unique<SystemRandom>();
  return std::make_unique<SeededRandom>(seed);
}

std::uint64_t hash_of(std::uint64_t seed, std::uint64_t events) {
  return SeededRandom(seed + (events << 32)).next() | 1;
}

// [{"serialNumber": ..., "productKey": ..., "hardwareHash": ..., "customer": GUID}]
Result<void> load_registry(World& world) {
  const auto document = read_yaml(world.options.registry_file);
  if (!document) return tl::unexpected(document.error());
  const auto wrong = [&] {
    return fail(Errc::bad_config, world.options.registry_file +
                                      ": a list of devices, each with a customer, is expected");
  };
  if (!document->is_array()) return wrong();
  for (const json::value& each : document->get_array()) {
    const json::object* device = each.if_object();
    if (device == nullptr) return wrong();
    const std::string customer = text_member(*device, "customer");
    DeviceRow row;
    row.serial = text_member(*device, "serialNumber");
    row.pkid = text_member(*device, "productKey");
    row.manufacturer = text_member(*device, "oemManufacturerName");
    row.model = text_member(*device, "modelName");
    const std::string hash = text_member(*device, "hardwareHash");
    if (!hash.empty()) row.hash = hash_key(hash);
    const bool has_key = !row.serial.empty() || !row.pkid.empty() || !row.hash.empty();
    if (customer.empty() || !has_key) return wrong();
    world.registry.preregister(customer, std::move(row), world.new_guid());
  }
  return {};
}

}  // namespace

World::World(Options chosen) : options(std::move(chosen)), random(make_random(options.seed)) {}

std::string World::new_guid() {
  return Uuid::random(*random).to_string();
}

void World::reset() {
  history.clear();
  registry.clear();
  jobs.clear();
  tokens.clear();
  recent.clear();
  rules.restart_counts();
}

Result<void> load_world(World& world) {
  const Options& options = world.options;
  if (!options.rules_file.empty()) {
    const auto document = read_yaml(options.rules_file);
    if (!document) return tl::unexpected(document.error());
    auto rules = FaultRules::parse(*document, options.seed);
    if (!rules) return fail(std::move(rules), options.rules_file);
    world.rules = std::move(*rules);
  }
  if (!options.registry_file.empty()) {
    if (auto loaded = load_registry(world); !loaded) return loaded;
  }
  if (options.ledger_file.empty()) return {};
  std::uint64_t events = 0;
  const auto restore = [&](const json::object& event) {
    ++events;
    restore_event(world, event);
  };
  const auto opened = world.ledger.open(options.ledger_file, restore);
  if (!opened) return tl::unexpected(opened.error());
  // The same seed must not hand out the identifiers of the earlier run again.
  if (options.seed != 0 && events != 0) world.random = make_random(hash_of(options.seed, events));
  world.ledger.append({{"event", "started"},
                       {"at", format_utc(world.clock.now_utc())},
                       {"unreadable_lines", *opened}});
  return {};
}

}  // namespace devicebatch::sandbox
