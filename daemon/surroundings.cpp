#include "daemon/surroundings.hpp"

#include <cstdlib>
#include <filesystem>
#include <system_error>

namespace devicebatch::daemon {

http::CurlOptions curl_options(const settings::Service& service) {
  http::CurlOptions options;
  options.allows_plain_http = service.allow_plain_http;
  options.proxy = service.proxy;
  options.ca_file = service.ca_file;
  options.user_agent = "devicebatchd/" DEVICEBATCH_VERSION;
  options.connect_timeout = service.connect_timeout;
  options.first_byte_timeout = service.first_byte_timeout;
  options.low_speed_time = service.low_speed_timeout;
  options.total_timeout = service.request_timeout;
  options.http2 = service.http2;
  return options;
}

std::string credentials_directory() {
  const char* directory = std::getenv("CREDENTIALS_DIRECTORY");
  return directory == nullptr ? std::string() : std::string(directory);
}

std::string credentials_of_service() {
  constexpr const char* kOfService = "/run/credentials/devicebatchd.service";
  std::string directory = credentials_directory();
  std::error_code ignored;
  if (directory.empty() && std::filesystem::is_directory(kOfService, ignored)) {
    directory = kOfService;
  }
  return directory;
}

}  // namespace devicebatch::daemon
