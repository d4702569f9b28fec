#include "settings/settings.hpp"

#include <algorithm>

namespace devicebatch::settings {
namespace {

template <class T>
const T* find_named(const std::vector<T>& all, std::string_view name) {
  const auto at = std::ranges::find(all, name, &T::name);
  return at == all.end() ? nullptr : &*at;
}

}  // namespace

const Account* Settings::account(std::string_view name) const {
  return find_named(accounts, name);
}

const Destination* Settings::destination(std::string_view name) const {
  return find_named(destinations, name);
}

const Source* Settings::source(std::string_view name) const {
  return find_named(sources, name);
}

const Queue* Settings::queue(std::string_view name) const {
  return find_named(queues, name);
}

}  // namespace devicebatch::settings
