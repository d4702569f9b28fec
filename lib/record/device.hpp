// record/device.hpp - what is sent to the service for one record.
#pragma once

#include "base/ids.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace devicebatch::record {

// How the ledger holds a hardware hash. The numbers are stored and never change.
enum class HashForm : std::uint8_t {
  none = 0,
  canonical = 1,  // decoded and verified, without its zero padding: records and checksum trailer
  verbatim = 2,   // the text of the row as it came (validation: documented)
};

struct Device {
  RecordId record;
  std::string serial;
  std::string pkid;
  std::string manufacturer;
  std::string model;
  HashForm hash_form = HashForm::none;
  std::vector<std::uint8_t> hash;
};

}  // namespace devicebatch::record
