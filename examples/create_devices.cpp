// Registers a device and follows the job until the service has decided.
//
//   create_devices BASE_URL AUTHORITY_URL TENANT CLIENT_ID CUSTOMER BATCH SERIAL MANUFACTURER MODEL
//
// The client secret comes on standard input. Plain http is for the sandbox on this machine.
#include "http/curl_transport.hpp"
#include "partner_center/client.hpp"

#include <cstdio>
#include <iostream>
#include <thread>

using namespace devicebatch;
using namespace std::chrono_literals;

namespace {

int give_up(const Error& error) {
  std::fprintf(stderr, "create_devices: %s\n", error.message().c_str());
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv, argv + argc);
  const auto customer = Uuid::parse(words.size() == 10 ? words[5] : "");
  if (!customer) return give_up({Errc::bad_config, "nine arguments: see the head of its source"});
  std::string secret;
  std::getline(std::cin, secret);

  http::CurlOptions http_options;
  http_options.allows_plain_http = words[1].starts_with("http://");
  http::CurlTransport transport(http_options);
  partner_center::TokenOptions identity;
  identity.authority_url = words[2];
  identity.tenant = words[3];
  identity.client_id = words[4];
  partner_center::ApiOptions api;
  api.base_url = words[1];
  const partner_center::Client client(
      transport, partner_center::app_only_tokens(transport, identity, Secret(std::move(secret))),
      api);

  record::Device device;
  device.serial = words[7];
  device.manufacturer = words[8];
  device.model = words[9];
  const std::vector<record::Device> devices{device};

  const auto batches = client.customers().by_id(*customer).device_batches();
  auto job = batches.by_id(words[6]).devices().create(devices);
  if (!job && job.error().code() == Errc::not_found) job = batches.create(words[6], devices);
  if (!job) return give_up(job.error());

  const auto pause = [](auto time) { return std::this_thread::sleep_for(time), true; };
  const auto status = client.wait(*job, 2s, pause);
  if (!status) return give_up(status.error());
  for (const partner_center::DeviceStatus& result : status->devices) {
    const bool is_registered = result.state == partner_center::JobState::finished;
    std::printf("%s: %s\n", result.serial.c_str(),
                is_registered ? "registered" : result.error_name.c_str());
  }
}
