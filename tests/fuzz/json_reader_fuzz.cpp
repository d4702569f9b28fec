// Any bytes as JSON: read to the end, numbered strictly, the same in pieces of any size; the
// rejected records are copied without a product key.
//
// The first byte chooses the size of the pieces and the validation mode, the rest is the file.
#include "format/json/mismatch_data.hpp"
#include "format/json/reader.hpp"
#include "format/json/rejects.hpp"

#include "fuzz/read_file.hpp"

namespace {

using namespace devicebatch;

void copy_rejects(std::string_view file, const fuzz::Answer& answer) {
  format::MemorySource source(file);
  format::TextWindow window(source);
  const auto detected = window.start();
  if (!detected || detected->encoding == format::Encoding::unknown) return;
  std::uint64_t last = 0;
  std::uint64_t count = 0;
  std::string copy;
  const auto done = format::copy_json_rejects(
      window,
      [&](std::uint64_t number) {
        DEVICEBATCH_CHECK(number > last);
        last = number;
        ++count;
        return answer.rejected.count(number) != 0;
      },
      [&](std::string_view bytes) -> Result<void> {
        copy += bytes;
        return {};
      });
  DEVICEBATCH_CHECK(done.has_value());
  DEVICEBATCH_CHECK(answer.report.refusal || count == answer.count);
  DEVICEBATCH_CHECK(!answer.rejected.empty() || copy.empty());
  DEVICEBATCH_CHECK(!record::contains_product_key(copy));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view file(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto mode =
      (data[0] & 1) != 0 ? record::ValidationMode::strict : record::ValidationMode::documented;
  const std::size_t step = std::size_t{1} + data[0] * std::size_t{37};
  const auto answer = fuzz::read_twice<format::JsonReader>(file, step, {}, mode);
  copy_rejects(file, answer);
  fuzz::judge_ends(file);
  (void)format::decode_mismatch_data(file);
  return 0;
}
