// engine/queue/queue_report.hpp - how a queue is doing, for `status` and metrics.
//
// Threading: a value.
// Units:     messages since the start of the process.
#pragma once

#include <boost/json/array.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace devicebatch::engine {

struct QueueReport {
  std::string name;
  std::string address;
  bool is_connected = false;
  std::string last_error;     // why it is not
  std::size_t in_flight = 0;  // delivered to us, and not settled
  std::uint64_t accepted = 0;
  std::uint64_t released = 0;
  std::uint64_t rejected = 0;
  std::uint64_t replies = 0;
};

boost::json::array queues_json(const std::vector<QueueReport>& queues);

}  // namespace devicebatch::engine
