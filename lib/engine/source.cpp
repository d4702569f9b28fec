#include "engine/source.hpp"

#include <algorithm>

namespace devicebatch::engine {

Source::Source(const settings::Source& source_config, const FindDestination& find)
    : config(source_config), destination(*find(source_config.destination)) {
  const auto reach = [this](Destination& each) {
    if (std::ranges::find(reached, &each) == reached.end()) reached.push_back(&each);
  };
  targets.emplace(destination.name, &destination);
  for (const std::string& name : config.may_route_to) targets.emplace(name, find(name));
  for (const auto& [name, each] : targets) reach(*each);
  for (const auto& [tag, name] : config.group_tags) {
    Destination& led_to = *find(name);
    group_tags.emplace(tag, led_to.id);
    reach(led_to);
  }
}

const Destination& Source::target(DestinationId id) const {
  for (const auto& [name, each] : targets) {
    if (each->id == id) return *each;
  }
  return destination;
}

ReceiptPlace Source::place_of(DestinationId id) const {
  const Destination& where = target(id);
  ReceiptPlace place;
  place.destination = where.name;
  place.customer = where.customer.to_string();
  place.batch = where.batch;
  return place;
}

spool::FolderOptions folder_options(const settings::Source& source) {
  spool::FolderOptions options;
  options.archive_path = source.archive_path;
  options.allow_insecure = source.allow_insecure_folder;
  options.is_network = source.network;
  options.has_markers = source.ready == settings::ReadyWhen::marked;
  return options;
}

spool::ReadinessOptions readiness_options(const settings::Source& source) {
  spool::ReadinessOptions options;
  options.settle = source.settle;
  options.incomplete_timeout = source.incomplete_timeout;
  options.is_ready_at_sight = source.ready != settings::ReadyWhen::stable;
  options.is_network = source.network;
  return options;
}

spool::RetentionRule retention_rule(const settings::Source& source, spool::Place place) {
  if (place == spool::Place::quarantine) {
    return {source.keep_quarantine, source.keep_quarantine_bytes, source.keep_quarantine_files};
  }
  return {source.keep_done, source.keep_done_bytes, source.keep_done_files};
}

}  // namespace devicebatch::engine
