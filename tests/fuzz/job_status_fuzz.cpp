// Bodies of the service: read as a job status, as a list of batches and as an error.
#include "base/check.hpp"
#include "partner_center/replies.hpp"
#include "policy/classify.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

using namespace devicebatch;
using partner_center::JobState;

namespace {

void read_as_job(std::string_view body) {
  const auto job = partner_center::read_job_status(body);
  if (!job) {
    DEVICEBATCH_CHECK(job.error().code() == Errc::corrupt);
    return;
  }
  for (const partner_center::DeviceStatus& device : job->devices) {
    DEVICEBATCH_CHECK(device.error_code.size() <= 64 && device.error_name.size() <= 200);
    const bool is_ok = device.state == JobState::finished && device.error_code.empty();
    const auto result = policy::judge_device(is_ok, device.error_code, device.error_name);
    DEVICEBATCH_CHECK(is_ok || !result.code.empty());
  }
}

void read_as_batches(std::string_view body) {
  const auto page = partner_center::read_batch_page(body);
  if (!page) return;
  for (const char c : page->continuation) DEVICEBATCH_CHECK(c >= ' ' && c <= '~');
  for (const auto& batch : page->batches) DEVICEBATCH_CHECK(!batch.id.empty());
}

void read_as_error(std::string_view body) {
  http::Response response;
  response.status = 400;
  response.body = body;
  const auto error = partner_center::read_error(response);
  DEVICEBATCH_CHECK(error.code.size() <= 64 && error.description.size() <= 1024);
  const auto answer = policy::classify(policy::Call::append_devices, 403, error.code);
  DEVICEBATCH_CHECK(!answer.code.empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  read_as_job(body);
  read_as_batches(body);
  read_as_error(body);
  return 0;
}
