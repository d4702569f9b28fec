// unit/spool/claimed_file.hpp - a folder with one claimed file and its acknowledgement.
#pragma once

#include "spool/drop_folder.hpp"
#include "spool/names.hpp"
#include "support/temp_dir.hpp"

#include <catch2/catch.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace devicebatch::spool::test {

inline constexpr const char* kUuid = "01890000-0000-7000-8000-0123456789ab";
inline const std::string kClaim = claim_name_for(kUuid, "x.csv");
inline const std::string kTag = archive_tag(kUuid);
inline constexpr const char* kAck = "x.csv.ack.json";

struct Claimed {
  explicit Claimed(std::string_view content = "rows") {
    auto opened = DropFolder::open(dir.path());
    REQUIRE(opened);
    folder = std::make_unique<DropFolder>(std::move(*opened));
    support::write_file(dir / ".claimed" / kClaim, content);
    support::write_file(dir / "acks" / kAck, "{}");
  }
  support::TempDir dir;
  std::unique_ptr<DropFolder> folder;
};

}  // namespace devicebatch::spool::test
