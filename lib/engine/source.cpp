#include "engine/source.hpp"

namespace devicebatch::engine {

record::CheckOptions check_options(const settings::Source& source, const std::string& batch,
                                   std::uint64_t key_seed, UtcTime now) {
  constexpr std::chrono::sys_days kEpoch2000{std::chrono::year(2000) / 1 / 1};
  record::CheckOptions options;
  options.mode = source.validation == settings::Validation::documented
                     ? record::ValidationMode::documented
                     : record::ValidationMode::strict;
  options.key_seed = key_seed;
  options.batch_id = batch;
  options.now_since_2000 = std::chrono::floor<std::chrono::seconds>(now - kEpoch2000).count();
  return options;
}

}  // namespace devicebatch::engine
