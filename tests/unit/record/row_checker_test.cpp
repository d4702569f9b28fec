#include "record/row_checker.hpp"

#include "record/finding_codes.hpp"

#include "unit/record/row_fixture.hpp"
#include <catch2/catch.hpp>

using namespace devicebatch;
using namespace devicebatch::record;
using support::HashSpec;

TEST_CASE("a clean row is accepted with its canonical hash, its texts and all five keys") {
  const HashSpec spec = support::make_spec(17);
  TestRow row = hash_row(spec);
  row.pkid = spec.pkid;
  row.manufacturer = spec.manufacturer;
  row.model = spec.model;
  const Judged judged = judge(row);
  CHECK(judged.codes().empty());
  const BatchRow& stored = judged.row();
  CHECK_FALSE(stored.is_rejected);
  CHECK(stored.line == 2);
  CHECK(stored.serial == "CONTOSO-0000017");
  CHECK(stored.pkid == "3305000000017");
  CHECK(stored.manufacturer == "Fabrikam, Inc.");
  CHECK(stored.model == "Fabrikam Slate 7");
  CHECK(stored.captured_at == spec.captured_at);
  CHECK(stored.hash_form == HashForm::canonical);
  const auto bytes = judged.batch->hash_of(stored);
  CHECK(std::vector(bytes.begin(), bytes.end()) == support::make_hash_bytes(spec));
  for (const std::uint64_t key : stored.keys) CHECK(key != 0);
}

TEST_CASE("the six identifying combinations are accepted, and nothing less") {
  const HashSpec spec = support::make_spec(1);
  const std::string hash = support::make_hash_text(spec);
  struct Case {
    const char* name;
    TestRow row;
    bool is_accepted;
  };
  const Case cases[] = {
      {"hash", {"", "", hash, "", "", "", ""}, true},
      {"hash and PKID", {"", spec.pkid, hash, "", "", "", ""}, true},
      {"hash and serial", {spec.serial, "", hash, "", "", "", ""}, true},
      {"hash, PKID and serial", {spec.serial, spec.pkid, hash, "", "", "", ""}, true},
      {"PKID", {"", spec.pkid, "", "", "", "", ""}, true},
      {"serial, manufacturer and model", {"S-1", "", "", "Contoso", "Book", "", ""}, true},
      {"serial", {"S-1", "", "", "", "", "", ""}, false},
      {"serial and model", {"S-1", "", "", "", "Book", "", ""}, false},
      {"serial and manufacturer", {"S-1", "", "", "Contoso", "", "", ""}, false},
      {"manufacturer and model", {"", "", "", "Contoso", "Book", "", ""}, false},
      {"nothing", {"", "", "", "", "", "tag", ""}, false},
      {"a PKID of zeros", {"", "0000000000000", "", "", "", "", ""}, false},
  };
  for (const auto& mode : {CheckOptions{}, documented()}) {
    for (const Case& one : cases) {
      INFO(one.name);
      const Judged judged = judge(one.row, mode);
      CHECK(judged.row().is_rejected != one.is_accepted);
      CHECK(judged.has("row.not_identifying") != one.is_accepted);
    }
  }
}

TEST_CASE("a row that identifies nothing says what it has") {
  const Judged judged = judge({"S-1", "", "", "", "Book", "", ""});
  CHECK(judged.find("row.not_identifying")->reason ==
        "Nothing in this row identifies a device; it has only serial number and model.");
}

TEST_CASE("empty serial and PKID are filled from the hash without a word") {
  TestRow row = hash_row(support::make_spec(8));
  row.serial = "  ";
  const Judged judged = judge(row);
  CHECK(judged.codes().empty());
  CHECK(judged.row().serial == "CONTOSO-0000008");
  CHECK(judged.row().pkid == "3305000000008");
  CHECK(judged.row().manufacturer.empty());
}

TEST_CASE("a row must agree with its hash") {
  HashSpec spec = support::make_spec(1);
  spec.serial = "Contoso 0012";
  spec.manufacturer = "Fabrikam, Inc.";
  spec.model = "Slate  7";
  struct Case {
    const char* name;
    std::string TestRow::*field;
    const char* value;
    const char* code;
    bool is_rejected;
  };
  const Case cases[] = {
      {"serial agrees", &TestRow::serial, "Contoso 0012", "", false},
      {"serial with edge blanks", &TestRow::serial, "  Contoso 0012 \t", "", false},
      {"serial with NBSP", &TestRow::serial, "Contoso 0012\xC2\xA0", "", false},
      {"serial in other case", &TestRow::serial, "CONTOSO 0012", "serial.spelled_differently",
       false},
      {"serial padded inside", &TestRow::serial, "Contoso   0012", "serial.spelled_differently",
       false},
      {"other serial", &TestRow::serial, "Contoso 0013", "serial.disagrees_with_hash", true},
      {"manufacturer in other case", &TestRow::manufacturer, "FABRIKAM, INC.",
       "manufacturer.spelled_differently", false},
      {"other manufacturer", &TestRow::manufacturer, "Fabrikam", "manufacturer.disagrees_with_hash",
       true},
      {"model padded", &TestRow::model, "Slate 7", "model.spelled_differently", false},
      {"other model", &TestRow::model, "Slate 8", "model.disagrees_with_hash", true},
      {"other PKID", &TestRow::pkid, "3305999999999", "pkid.disagrees_with_hash", true},
      {"same PKID", &TestRow::pkid, "3305000000001", "", false},
      {"PKID of zeros", &TestRow::pkid, "0000000000000", "", false},
  };
  for (const Case& one : cases) {
    INFO(one.name);
    TestRow row = hash_row(spec);
    row.*one.field = one.value;
    const Judged judged = judge(row);
    CHECK(judged.codes() == one.code);
    CHECK(judged.row().is_rejected == one.is_rejected);
    if (!one.is_rejected) {
      CHECK(judged.row().serial == "Contoso 0012");
      CHECK(judged.row().pkid == "3305000000001");
    }
  }
  TestRow row = hash_row(spec);
  row.manufacturer = "fabrikam, inc.";
  row.model = "slate 7";
  const Judged judged = judge(row);
  CHECK(judged.row().manufacturer == "Fabrikam, Inc.");
  CHECK(judged.row().model == "Slate  7");
}

TEST_CASE("a damaged hash rejects its row with a name for the damage") {
  const std::string text = support::make_hash_text(support::make_spec(1));
  const std::tuple<const char*, std::string, const char*> cases[] = {
      {"a letter changed", support::with_changed_letter(text, 500), "hash.damaged"},
      {"cut off", text.substr(0, 1000), "hash.too_short"},
      {"doubled", text + text, "hash.dirty_padding"},
      {"not a hash", "DummyHash1234", "hash.not_a_hash"},
      {"wrong alphabet", "T0E!" + text.substr(4), "hash.not_base64"},
      {"much too long", std::string(50000, 'A'), "hash.too_long"},
  };
  for (const auto& [name, hash, code] : cases) {
    INFO(name);
    TestRow row = tuple_row();
    row.hash = hash;
    const Judged judged = judge(row);
    CHECK(judged.codes() == code);
    CHECK(judged.row().is_rejected);
    CHECK(judged.row().hash_length == 0);
    CHECK(judged.batch->pack.empty());
    CHECK(judged.row().serial == "CONTOSO-0000001");
  }
}

TEST_CASE("what is odd about a sound hash is a warning") {
  HashSpec no_tpm;
  no_tpm.uuid = support::make_spec(1).uuid;
  HashSpec no_uuid = no_tpm;
  no_uuid.uuid = {};
  HashSpec filler_uuid = no_tpm;
  filler_uuid.uuid = {0x00, 0x02, 0x00, 0x03, 0x00, 0x04, 0x00, 0x05,
                      0x00, 0x06, 0x00, 0x07, 0x00, 0x08, 0x00, 0x09};
  HashSpec no_network = no_tpm;
  no_network.has_network = false;
  HashSpec winpe = no_tpm;
  winpe.os_type = 1;
  HashSpec filler_name = no_tpm;
  filler_name.manufacturer = "System manufacturer";
  HashSpec oversized = no_tpm;
  oversized.record_bytes = 3200;
  HashSpec future = no_tpm;
  future.captured_at += 400 * 86400;
  no_tpm.tpm_seed = 0;
  const std::tuple<const char*, HashSpec> cases[] = {
      {"hash.no_tpm_key", no_tpm},   {"hash.no_uuid", no_uuid},
      {"hash.no_uuid", filler_uuid}, {"hash.no_network", no_network},
      {"hash.from_winpe", winpe},    {"hash.filler_name", filler_name},
      {"hash.oversized", oversized}, {"hash.from_the_future", future},
  };
  CheckOptions options;
  options.now_since_2000 = 820'540'800;
  for (const auto& [code, spec] : cases) {
    const Judged judged = judge(hash_row(spec), options);
    CHECK(judged.codes() == code);
    CHECK_FALSE(judged.row().is_rejected);
  }
  CHECK(judge(hash_row(future)).codes().empty());
}

TEST_CASE("a filler UUID gives no key") {
  HashSpec spec;
  spec.uuid.fill(0xFF);
  const Judged judged = judge(hash_row(spec));
  CHECK(judged.row().keys[static_cast<std::size_t>(KeyKind::uuid)] == 0);
  CHECK(judged.row().keys[static_cast<std::size_t>(KeyKind::tpm)] != 0);
}

TEST_CASE("a group tag that is not the batch, and an assigned user, are warned about") {
  CheckOptions options;
  options.batch_id = "Line-1";
  TestRow row = hash_row();
  row.group_tag = "line-1";
  CHECK(judge(row, options).codes().empty());
  row.group_tag = "Line-2";
  row.assigned_user = "user@contoso.example";
  const Judged judged = judge(row, options);
  CHECK(judged.codes() == "group_tag.not_used assigned_user.not_used");
  CHECK_FALSE(judged.row().is_rejected);
  CHECK(judged.row().group_tag == "Line-2");
  CHECK(judged.find("group_tag.not_used")->reason ==
        "The group tag Line-2 is not used: this folder registers into batch Line-1.");
}

TEST_CASE("a rejected row can be found by its serial number and PKID") {
  CheckOptions options;
  options.key_seed = 99;
  TestRow row = tuple_row();
  row.pkid = "3305000000001";
  row.hash = "DummyHash1234";
  const Judged judged = judge(row, options);
  REQUIRE(judged.row().is_rejected);
  const IdentityKeys& keys = judged.row().keys;
  CHECK(keys[3] == key_of(KeyKind::serial, "CONTOSO-0000001", 99));
  CHECK(keys[4] == key_of(KeyKind::pkid, "3305000000001", 99));
  CHECK(keys[0] == 0);
  CHECK(keys[1] == 0);
}

TEST_CASE("several rows share a batch without touching each other") {
  RecordBatch batch;
  TestRow bad = hash_row();
  bad.hash = support::with_changed_letter(bad.hash, 20);
  for (std::uint64_t at = 1; at <= 50; ++at) {
    check_into(hash_row(support::make_spec(at)), {}, batch, at);
    check_into(bad, {}, batch, at + 1000);
  }
  REQUIRE(batch.rows.size() == 100);
  for (std::uint64_t at = 1; at <= 50; ++at) {
    const BatchRow& row = batch.rows[(at - 1) * 2];
    CHECK(row.line == at);
    CHECK(row.serial == support::make_spec(at).serial);
    const auto bytes = batch.hash_of(row);
    CHECK(std::vector(bytes.begin(), bytes.end()) ==
          support::make_hash_bytes(support::make_spec(at)));
    CHECK(batch.findings_of(row).empty());
    CHECK(batch.findings_of(batch.rows[at * 2 - 1]).size() == 1);
  }
}

TEST_CASE("a row can have many faults, and only so many are told") {
  TestRow row;
  row.serial = "\xC3\xA9\x01" + std::string(200, '#');
  row.pkid = "\xC3\xA9\x01" + std::string(300, '#');
  row.manufacturer = row.pkid;
  row.model = row.pkid;
  row.hash = "x";
  row.assigned_user = "a";
  const Judged judged = judge(row);
  CHECK(judged.row().is_rejected);
  CHECK(judged.row().finding_count == 16);
  CHECK(judged.row().serial.size() < 600);
}

TEST_CASE("a row that could not be taken apart is rejected with one finding") {
  RecordBatch batch;
  RowChecker({}).reject(7, make_finding(Code::row_nul_bytes), batch);
  REQUIRE(batch.rows.size() == 1);
  CHECK(batch.rows[0].line == 7);
  CHECK(batch.rows[0].is_rejected);
  CHECK(batch.findings_of(batch.rows[0])[0].code == "row.nul_bytes");
}

TEST_CASE("documented mode keeps an invalid hash and odd values as they came") {
  TestRow first;
  first.serial = "2R9-ZNP67";
  first.pkid = "00329-00000-0003-AA606";
  first.hash = "DummyHash1234";
  TestRow second = first;
  second.hash = "DummyHash12345";

  const Judged strict = judge(first);
  CHECK(strict.row().is_rejected);
  CHECK(strict.codes() == "hash.not_a_hash pkid.malformed");

  RecordBatch batch;
  check_into(first, documented(), batch, 2);
  check_into(second, documented(), batch, 3);
  for (const BatchRow& row : batch.rows) {
    CHECK_FALSE(row.is_rejected);
    CHECK(row.hash_form == HashForm::verbatim);
    CHECK(row.serial == "2R9-ZNP67");
    CHECK(row.pkid == "00329-00000-0003-AA606");
    for (const Finding& finding : batch.findings_of(row)) {
      CHECK(finding.severity == Severity::warning);
    }
  }
  const auto text = batch.hash_of(batch.rows[1]);
  CHECK(std::string(text.begin(), text.end()) == "DummyHash12345");
  CHECK(batch.rows[0].keys[0] != batch.rows[1].keys[0]);
  CHECK(batch.rows[0].keys[3] == batch.rows[1].keys[3]);
}

TEST_CASE("documented mode warns where strict mode rejects") {
  TestRow other_serial = hash_row();
  other_serial.serial = "CONTOSO-OTHER";
  TestRow filler = tuple_row();
  filler.serial = "Default string";
  TestRow accents = tuple_row();
  accents.model = "Caf\xC3\xA9";
  TestRow product_id;
  product_id.pkid = "00330-50160-87943-AAOEM";
  for (const TestRow& row : {other_serial, filler, accents}) {
    CHECK(judge(row).row().is_rejected);
    const Judged judged = judge(row, documented());
    CHECK_FALSE(judged.row().is_rejected);
    CHECK(judged.row().serial == row.serial);
    CHECK(judged.row().finding_count == 1);
  }
  CHECK(judge(product_id, documented()).row().pkid == "00330-50160-87943-AAOEM");
}

TEST_CASE("control characters are refused in every mode") {
  for (const auto field :
       {&TestRow::serial, &TestRow::manufacturer, &TestRow::model, &TestRow::pkid}) {
    TestRow row = tuple_row();
    row.*field = "CONT\x01OSO";
    CHECK(judge(row).has("text.control_characters"));
    CHECK(judge(row).row().is_rejected);
    CHECK(judge(row, documented()).row().is_rejected);
  }
  TestRow row;
  row.hash = "Dummy\x02Hash";
  CHECK(judge(row, documented()).codes() == "text.control_characters");
}

TEST_CASE("a row that its reader refuses keeps its names, and a product key outranks the reason") {
  const RowChecker checker({});
  RecordBatch batch;
  RawRow raw;
  raw.line = 3;
  raw.serial = "CONTOSO-1";
  raw.pkid = "3305000000001";
  checker.reject(raw, make_finding(Code::row_json_number, {"productKey"}), batch);
  raw.model = "BCDFG-HJKMP-QRTVW-XY234-6789B";
  checker.reject(raw, make_finding(Code::row_json_number, {"productKey"}), batch);
  REQUIRE(batch.rows.size() == 2);
  for (const BatchRow& row : batch.rows) {
    CHECK(row.is_rejected);
    CHECK(row.line == 3);
    CHECK(row.serial == "CONTOSO-1");
    REQUIRE(row.finding_count == 1);
  }
  CHECK(batch.findings[0].code == "row.json_number");
  CHECK(batch.findings[1].code == "secret.product_key");
  CHECK(batch.rows[1].model == "[product key removed]");
}
