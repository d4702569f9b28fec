// Any bytes as JSON: read to the end, numbered strictly, the same in pieces of any size; the
// rejected records are copied without a product key.
//
// The first byte chooses the size of the pieces and the validation mode, the rest is the file.
#include "format/json/mismatch_data.hpp"
#include "format/json/reader.hpp"
#include "format/json/rejects.hpp"

#include "fuzz/read_file.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace devicebatch;
  if (size == 0) return 0;
  const std::string_view file(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto mode =
      (data[0] & 1) != 0 ? record::ValidationMode::strict : record::ValidationMode::documented;
  const std::size_t step = std::size_t{1} + data[0] * std::size_t{37};
  const auto answer = fuzz::read_twice<format::JsonReader>(file, step, {}, mode);
  fuzz::copy_rejects(file, answer, format::copy_json_rejects);
  fuzz::judge_ends(file);
  (void)format::decode_mismatch_data(file);
  return 0;
}
