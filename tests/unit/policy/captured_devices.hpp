// unit/policy/captured_devices.hpp - one device as its captures tell it.
#pragma once

#include "policy/dedupe.hpp"

#include <array>
#include <cstdint>

namespace devicebatch::policy {

inline Digest digest(std::uint8_t value) {
  Digest made{};
  made[0] = value;
  return made;
}

inline std::array<std::uint8_t, 16> board(std::uint8_t value) {
  std::array<std::uint8_t, 16> made{};
  made[0] = value;
  return made;
}

// A whole device, captured at 100; tests change what they are about.
inline DeviceFacts device() {
  DeviceFacts facts;
  facts.customer = Uuid(board(1));
  facts.serial = "CONTOSO-0000001";
  facts.pkid = "3305000000001";
  facts.manufacturer = "Contoso";
  facts.model = "Contoso Book 14";
  facts.hash_digest = digest(1);
  facts.tpm = digest(2);
  facts.uuid = board(3);
  facts.captured_at = 100;
  return facts;
}

// The same device captured again.
inline DeviceFacts captured_at(std::int64_t time) {
  DeviceFacts facts = device();
  facts.hash_digest = digest(static_cast<std::uint8_t>(time));
  facts.captured_at = time;
  return facts;
}

}  // namespace devicebatch::policy
