#include "spool/names.hpp"

#include "spool/readiness.hpp"

#include <catch2/catch.hpp>

using namespace devicebatch::spool;

TEST_CASE("temporary names, junk and our own receipts are ignored in any case of letters") {
  const std::string name =
      GENERATE("", ".", ".hidden", ".x.csv.part", "x.tmp", "x.part", "x.partial", "x.csv.filepart",
               "x.crdownload", "x.download", "x.incomplete", "x.inprogress", "x.writing",
               "x.uploading", ".x.swp", "x.swp", "~$x.xlsx", "x.csv~", "Thumbs.db", "desktop.ini",
               ".DS_Store", ".nfs0001", "x.lnk", "x.csv.ack.json", "x.csv.result.csv",
               "x.csv.result.json", "X.TMP", "THUMBS.DB", "X.CSV.RESULT.CSV", "x.FilePart");
  INFO(name);
  CHECK(is_ignored_name(name));
}

TEST_CASE("what could be a device file is not ignored") {
  const std::string name = GENERATE("x.csv", "tmp", "part", "x.tmp.csv", "~x.csv", "result.csv",
                                    "x", "swp", "a b.CSV", "thumbs.db.csv", "ack.json", "\xFF");
  INFO(name);
  CHECK_FALSE(is_ignored_name(name));
}

TEST_CASE("names of a submission carry its id and keep the extension") {
  const std::string uuid = "01890000-0000-7000-8000-0123456789ab";
  CHECK(claim_name_for(uuid, "x.csv") == uuid + "__x.csv");
  CHECK(archive_tag(uuid) == "0123456789ab");
  CHECK(archive_tag("short") == "short");
  CHECK(tagged_name("x.csv", "t1") == "x.t1.csv");
  CHECK(tagged_name("a.b.csv", "t1") == "a.b.t1.csv");
  CHECK(tagged_name("x", "t1") == "x.t1");
  CHECK(tagged_name(".x", "t1") == ".x.t1");
  CHECK(tagged_name("x.averyveryverylongending", "t1") == "x.averyveryverylongending.t1");
  CHECK(receipt_name("x.csv", kAckSuffix) == "x.csv.ack.json");
}

TEST_CASE("names that are too long are cut so that they stay apart") {
  const std::string one = std::string(250, 'n') + "1.csv";
  const std::string two = std::string(250, 'n') + "2.csv";
  const std::string uuid(36, 'u');
  for (const auto& make : {claim_name_for(uuid, one), tagged_name(one, "0123456789ab"),
                           receipt_name(one, kResultJsonSuffix), fit_name(one, 64)}) {
    CHECK(make.size() <= 255);
    CHECK(is_plain_name(make));
  }
  CHECK(fit_name(one, 64).size() == 64);
  CHECK(fit_name(one, 64).ends_with(".csv"));
  CHECK(receipt_name(one, kAckSuffix) != receipt_name(two, kAckSuffix));
  CHECK(receipt_name(one, kAckSuffix) == receipt_name(one, kAckSuffix));
  CHECK(receipt_name(one, kAckSuffix).ends_with(".ack.json"));
  CHECK(fit_name(one, 255) == one);
}

TEST_CASE("cutting does not split a UTF-8 character") {
  std::string name;
  for (int at = 0; at < 100; ++at) name += "\xE6\x97\xA5";
  const std::string cut = fit_name(name, 100);
  CHECK(cut.size() <= 100);
  CHECK((cut.find('~') % 3) == 0);
}
