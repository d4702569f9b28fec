// Any bytes as XML: read to the end, numbered strictly, the same in pieces of any size; the
// rejected records are copied; no product key comes out.
//
// The first byte chooses the size of the pieces, the validation mode and whether exports of keys
// are taken, the rest is the file.
#include "format/xml/lookalikes.hpp"
#include "format/xml/reader.hpp"
#include "format/xml/rejects.hpp"

#include "fuzz/read_file.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace devicebatch;
  if (size == 0) return 0;
  const std::string_view file(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto mode =
      (data[0] & 1) != 0 ? record::ValidationMode::strict : record::ValidationMode::documented;
  format::ReadOptions options;
  options.extract_key_exports = (data[0] & 2) != 0;
  const std::size_t step = std::size_t{1} + data[0] * std::size_t{37};
  const auto answer = fuzz::read_twice<format::XmlReader>(file, step, options, mode);
  fuzz::copy_rejects(file, answer, [&](auto& window, const auto& is_rejected, const auto& sink) {
    return format::copy_xml_rejects(window, options, is_rejected, sink);
  });
  fuzz::judge_ends(file);
  (void)format::find_oa3_lookalike(file);
  return 0;
}
