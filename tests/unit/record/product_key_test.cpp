#include "record/product_key.hpp"

#include "unit/record/row_fixture.hpp"
#include <catch2/catch.hpp>

using namespace devicebatch;
using namespace devicebatch::record;

namespace {

const std::string kKey(support::fake_product_key());
const std::string kPlainKey = "BCDFGHJKMPQRTVWXY2346789B";

}  // namespace

TEST_CASE("product keys are found in all their shapes") {
  const std::string texts[] = {
      kKey,
      "key: " + kKey + ".",
      "bcdfg-hjkmp-qrtvw-xy234-6789b",
      "AAAAA-11111-00000-EEEEE-UUUUU",
      kPlainKey,
      "(" + kPlainKey + ")",
      "BCDFG HJKMP QRTVW XY234 6789B",
      "BCDFG_HJKMP_QRTVW_XY234_6789B",
      "BCDFG\xE2\x80\x93HJKMP\xE2\x80\x93QRTVW\xE2\x80\x93XY234\xE2\x80\x93"
      "6789B",
      "ABCDE-" + kKey,
  };
  for (const std::string& text : texts) {
    INFO(text);
    CHECK(contains_product_key(text));
    CHECK_FALSE(contains_product_key(without_product_keys(text)));
    CHECK(without_product_keys(text).find("[product key removed]") != std::string::npos);
  }
}

TEST_CASE("what is no product key is left alone") {
  const std::string texts[] = {
      "",
      "3305016087943",
      "00330-50160-87943-AAOEM",
      "00329-00000-0003-AA606",
      "01234567-89ab-cdef-0123-456789abcdef",
      "Think Point Elite Power Model",
      "BCDFG-HJKMP-QRTVW-XY234",
      "BCDFG-HJKMP-QRTVW-XY234-6789",
      kPlainKey + "B",
      "AEIOUAEIOUAEIOUAEIOUAEIOU",
      "VMware-56 4d 0a 1b 2c 3d 4e 5f-60 71 82 93 a4 b5 c6 d7",
      "0123-4567-8901-2345-6789-0123-45",
  };
  for (const std::string& text : texts) {
    INFO(text);
    CHECK_FALSE(contains_product_key(text));
    CHECK(without_product_keys(text) == text);
  }
}

TEST_CASE("every key of a text is removed and the rest stays") {
  CHECK(without_product_keys("a " + kKey + " b " + kPlainKey + " c") ==
        "a [product key removed] b [product key removed] c");
}

TEST_CASE("a product key in any field refuses the row in every mode and is not kept") {
  const auto fields = {&TestRow::serial,       &TestRow::pkid,  &TestRow::hash,
                       &TestRow::manufacturer, &TestRow::model, &TestRow::group_tag,
                       &TestRow::assigned_user};
  for (const auto& mode : {CheckOptions{}, documented()}) {
    for (const auto field : fields) {
      for (const std::string& key : {kKey, kPlainKey, "x " + kKey}) {
        TestRow row = hash_row();
        row.*field = key;
        const Judged judged = judge(row, mode);
        CHECK(judged.codes() == "secret.product_key");
        CHECK(judged.row().is_rejected);
        for (std::string_view text :
             {judged.row().serial, judged.row().pkid, judged.row().manufacturer, judged.row().model,
              judged.row().group_tag}) {
          CHECK(text.find("BCDFG") == std::string_view::npos);
        }
        CHECK(judged.batch->findings[0].reason.find("BCDFG") == std::string::npos);
        CHECK(judged.batch->pack.empty());
      }
    }
  }
}

TEST_CASE("a product key in a column nobody knows refuses the row") {
  TestRow row = hash_row();
  row.more_fields = {"shelf 7", kKey};
  const Judged judged = judge(row);
  CHECK(judged.codes() == "secret.product_key");
  CHECK(judged.row().serial == "CONTOSO-0000001");
}

TEST_CASE("a product key inside a sound hash refuses the row") {
  support::HashSpec spec;
  spec.serial = kKey;
  TestRow row = hash_row(spec);
  row.serial.clear();
  CHECK(judge(row).codes() == "secret.product_key");
}

TEST_CASE("no key of the index is made of a product key") {
  TestRow row = hash_row();
  row.pkid = kKey;
  CHECK(judge(row).row().keys[4] == 0);
  CHECK(judge(row).row().keys[3] != 0);
  row.serial = kPlainKey;
  CHECK(judge(row).row().keys[3] == 0);
}

TEST_CASE("the base64 of a damaged hash is not taken for a product key") {
  for (std::uint64_t number = 0; number < 300; ++number) {
    const std::string text = support::make_hash_text(support::make_spec(number));
    CHECK_FALSE(contains_product_key(text));
  }
}
