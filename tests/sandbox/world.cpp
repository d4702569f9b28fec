#include "sandbox/world.hpp"

#include "base/uuid.hpp"
#include "sandbox/control/document.hpp"
#include "sandbox/control/scenario.hpp"
#include "sandbox/identity/assertion.hpp"

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

Result<void> load_rules(World& world) {
  const auto document = read_document(world.options.rules_file);
  if (!document) return fail(document.error());
  auto rules = FaultRules::parse(document->value, world.options.seed);
  if (!rules) return fail(document->locate(rules.error()));
  world.rules = std::move(*rules);
  return {};
}

Result<void> load_registry(World& world) {
  const auto document = read_document(world.options.registry_file);
  if (!document) return fail(document.error());
  const auto loaded = load_devices(world, document->value);
  if (!loaded) return fail(document->locate(loaded.error()));
  return {};
}

// What was said on the command line wins over the scenario.
Result<void> apply_overrides(World& world) {
  Options changed = world.options;
  for (const auto& [name, value] : world.options.overrides) {
    if (auto set = set_knob(changed, name, value); !set) return set;
  }
  world.change_options(std::move(changed));
  return {};
}

Result<void> load_ledger(World& world) {
  const Options& options = world.options;
  std::uint64_t events = 0;
  const auto restore = [&](const json::object& event) {
    ++events;
    restore_event(world, event);
  };
  const auto opened = world.ledger.open(options.ledger_file, restore);
  if (!opened) return fail(opened.error());
  // The same seed must not hand out the identifiers of the earlier run again.
  if (options.seed != 0 && events != 0) world.random = make_random(hash_of(options.seed, events));
  world.ledger.append({{"event", "started"},
                       {"at", format_utc(world.clock.now_utc())},
                       {"unreadable_lines", *opened}});
  return {};
}

}  // namespace

World::World(Options chosen) : random(make_random(chosen.seed)), started(clock.now_mono()) {
  change_options(std::move(chosen));
}

std::string World::new_guid() {
  return Uuid::random(*random).to_string();
}

bool World::knows_tuples() const {
  return options.knows_tuples && clock.now_mono() - started >= options.tuples_known_after;
}

void World::change_options(Options changed) {
  options = std::move(changed);
  clock.flow(options.time_flow == TimeFlow::real);
}

void World::reset() {
  history.clear();
  registry.clear();
  jobs.clear();
  policies.clear();
  tokens.clear();
  device_codes.clear();
  capacity.clear();
  recent.clear();
  rules.restart_counts();
  started = clock.now_mono();
}

Result<void> load_world(World& world) {
  if (!world.options.scenario_file.empty()) {
    auto loaded = load_scenario(world, std::string(world.options.scenario_file));
    if (!loaded) return loaded;
  }
  if (auto applied = apply_overrides(world); !applied) return applied;
  const Options& options = world.options;
  if (!options.rules_file.empty()) {
    if (auto loaded = load_rules(world); !loaded) return loaded;
  }
  if (!options.registry_file.empty()) {
    if (auto loaded = load_registry(world); !loaded) return loaded;
  }
  if (!options.client_certificate.empty()) {
    if (auto checked = check_certificate_file(options.client_certificate); !checked) return checked;
  }
  if (!options.request_log_file.empty()) {
    if (auto opened = world.request_log.open(options.request_log_file); !opened) return opened;
  }
  if (options.ledger_file.empty()) return {};
  return load_ledger(world);
}

}  // namespace devicebatch::sandbox
