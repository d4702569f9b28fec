#include "engine/queue/queue_report.hpp"

#include <boost/json/object.hpp>

namespace devicebatch::engine {

boost::json::array queues_json(const std::vector<QueueReport>& queues) {
  boost::json::array all;
  for (const QueueReport& report : queues) {
    boost::json::object entry;
    entry["name"] = report.name;
    entry["address"] = report.address;
    entry["is_connected"] = report.is_connected;
    if (!report.is_connected) entry["last_error"] = report.last_error;
    entry["in_flight"] = report.in_flight;
    entry["accepted"] = report.accepted;
    entry["released"] = report.released;
    entry["rejected"] = report.rejected;
    entry["replies"] = report.replies;
    all.push_back(std::move(entry));
  }
  return all;
}

}  // namespace devicebatch::engine
