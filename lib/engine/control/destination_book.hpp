// engine/control/destination_book.hpp - what the destinations of the ledger are called.
//
// Threading: a value; any thread.
// Source:    names are those of the settings; the ledger knows customers and batches only.
#pragma once

#include "base/ids.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace devicebatch::engine {

class DestinationBook {
 public:
  void add(DestinationId id, std::string name) { entries_.emplace_back(id, std::move(name)); }

  // Empty when it is not in the settings.
  std::string name_of(DestinationId id) const {
    for (const auto& [known, name] : entries_) {
      if (known == id) return name;
    }
    return {};
  }
  std::optional<DestinationId> find(std::string_view name) const {
    for (const auto& [id, known] : entries_) {
      if (known == name && !name.empty()) return id;
    }
    return std::nullopt;
  }

 private:
  std::vector<std::pair<DestinationId, std::string>> entries_;
};

}  // namespace devicebatch::engine
