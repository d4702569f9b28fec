// sim/sim_folder.hpp - a drop folder as names: a rename is seen at once and durable after a sync.
//
// Source: promise I3 holds by its form: a file is at one place. What is checked is that the place
//         and the ledger agree.
#pragma once

#include "fault/sim/dice.hpp"

#include <map>
#include <string>

namespace devicebatch::sim {

enum class Place { incoming, claimed, done };

class SimFolder {
 public:
  struct Entry {
    std::size_t file = 0;  // index into the scenario's files
    Place place = Place::incoming;
    std::string claim_name;
    Place durable_place = Place::incoming;
    std::string durable_claim_name;
  };

  void drop(const std::string& name, std::size_t file) { entries_[name].file = file; }
  void claim(const std::string& name, const std::string& claim_name) {
    entries_.at(name).place = Place::claimed;
    entries_.at(name).claim_name = claim_name;
  }
  bool archive(const std::string& claim_name) {
    for (auto& [name, entry] : entries_) {
      if (entry.place != Place::claimed || entry.claim_name != claim_name) continue;
      entry.place = Place::done;
      return true;
    }
    return false;
  }
  bool is_claimed(const std::string& claim_name) const {
    for (const auto& [name, entry] : entries_) {
      if (entry.place == Place::claimed && entry.claim_name == claim_name) return true;
    }
    return false;
  }
  void sync() {
    for (auto& [name, entry] : entries_) {
      entry.durable_place = entry.place;
      entry.durable_claim_name = entry.claim_name;
    }
  }
  void lose_power(Dice& dice) {
    for (auto& [name, entry] : entries_) {
      if (entry.place == entry.durable_place || dice.chance(0.5)) continue;
      entry.place = entry.durable_place;
      entry.claim_name = entry.durable_claim_name;
    }
    sync();
  }
  const std::map<std::string, Entry>& entries() const { return entries_; }

 private:
  std::map<std::string, Entry> entries_;
};

}  // namespace devicebatch::sim
