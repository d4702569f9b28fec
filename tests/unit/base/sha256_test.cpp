#include "base/sha256.hpp"

#include "base/hex.hpp"

#include <catch2/catch.hpp>

using namespace devicebatch;

TEST_CASE("the published test vectors hold") {
  CHECK(to_hex(sha256(std::string_view(""))) ==
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(to_hex(sha256(std::string_view("abc"))) ==
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_CASE("pieces give the digest of the whole") {
  Sha256 pieces;
  pieces.add("a");
  pieces.add(std::string_view("bc"));
  CHECK(pieces.finish() == sha256(std::string_view("abc")));
}
