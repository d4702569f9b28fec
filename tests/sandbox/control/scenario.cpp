#include "sandbox/control/scenario.hpp"

#include "base/text.hpp"
#include "sandbox/control/document.hpp"

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

namespace devicebatch::sandbox {
namespace {

namespace json = boost::json;

Result<void> load_options(World& world, const json::value& value) {
  if (value.is_null()) return {};
  if (!value.is_object()) return fail(Errc::bad_config, "names with values are expected");
  Options changed = world.options;
  for (const auto& [key, each] : value.get_object()) {
    const std::string_view name(key);
    if (auto set = set_knob_from_json(changed, name, each); !set) return fail(set.error());
  }
  world.change_options(std::move(changed));
  return {};
}

Result<void> load_accounts(World& world, const json::value& value) {
  auto accounts = Accounts::parse(value);
  if (!accounts) return fail(accounts.error());
  world.accounts = std::move(*accounts);
  return {};
}

// Both are parsed as one, because a rules file holds both, too.
Result<void> load_rules(World& world, const json::object& scenario) {
  json::object rules;
  for (const char* name : {"faults", "customers"}) {
    if (const json::value* value = scenario.if_contains(name)) rules[name] = *value;
  }
  auto parsed = FaultRules::parse(rules, world.options.seed);
  if (!parsed) return fail(parsed.error());
  world.rules = std::move(*parsed);
  return {};
}

Result<void> load_member(World& world, std::string_view name, const json::value& value) {
  std::string about;
  if (name == "about") {
    return read_text(value, about) ? Result<void>() : fail(Errc::bad_config, "a text is expected");
  }
  if (name == "options") return load_options(world, value);
  if (name == "accounts") return load_accounts(world, value);
  if (name == "registry") return load_devices(world, value);
  return fail(Errc::bad_config,
              "only about, options, faults, customers, accounts and registry are known here");
}

Result<void> load_all(World& world, const json::value& value) {
  const json::object* scenario = value.if_object();
  if (scenario == nullptr) return fail(Errc::bad_config, "a scenario is expected");
  for (const auto& [key, each] : *scenario) {
    const std::string_view name(key);
    if (name == "faults" || name == "customers") continue;
    if (auto read = load_member(world, name, each); !read) return inside(name, read.error());
  }
  return load_rules(world, *scenario);
}

Result<DeviceRow> read_device(const json::value& value, std::string& customer) {
  const json::object* device = value.if_object();
  if (device == nullptr) return fail(Errc::bad_config, "a device is expected");
  DeviceRow row;
  for (const auto& [key, each] : *device) {
    const std::string_view name(key);
    const std::string text =
        each.is_string() ? std::string(std::string_view(each.get_string())) : json::serialize(each);
    if (name == "customer")
      customer = text;
    else if (name == "serialNumber")
      row.serial = text;
    else if (name == "productKey")
      row.pkid = text;
    else if (name == "oemManufacturerName")
      row.manufacturer = text;
    else if (name == "modelName")
      row.model = text;
    else if (name == "hardwareHash")
      row.hash = hash_key(text);
    else
      return wrong(name,
                   "only customer, serialNumber, productKey, hardwareHash, oemManufacturerName and "
                   "modelName are known here");
  }
  const bool has_key = !row.serial.empty() || !row.pkid.empty() || !row.hash.empty();
  if (!has_key) return fail(Errc::bad_config, "a serial, a product key or a hash is expected");
  if (customer.empty()) return fail(Errc::bad_config, "`customer` is missing");
  return row;
}

}  // namespace

Result<void> load_devices(World& world, const json::value& list) {
  if (list.is_null()) return {};
  if (!list.is_array()) {
    return fail(Errc::bad_config, "a list of devices, each with a customer, is expected");
  }
  std::size_t number = 0;
  for (const json::value& each : list.get_array()) {
    std::string customer;
    auto row = read_device(each, customer);
    if (!row) return inside(std::to_string(number), row.error());
    world.registry.preregister(customer, std::move(*row), world.new_guid());
    ++number;
  }
  return {};
}

Result<void> set_knob_from_json(Options& options, std::string_view name, const json::value& value) {
  std::string text;
  if (value.is_bool())
    text = value.get_bool() ? "yes" : "no";
  else if (!read_text(value, text))
    text = json::serialize(value);
  auto set = set_knob(options, name, text);
  if (set) return set;
  // set_knob names the knob already.
  const std::string& message = set.error().message();
  const std::string start = std::string(name) + ": ";
  return wrong(name, message.starts_with(start) ? message.substr(start.size()) : message);
}

Result<void> load_scenario(World& world, const std::string& path) {
  const auto document = read_document(path);
  if (!document) return fail(document.error());
  const auto loaded = load_all(world, document->value);
  if (!loaded) return fail(document->locate(loaded.error()));
  return {};
}

}  // namespace devicebatch::sandbox
