// daemon/control_client.hpp - asking the running daemon, or the ledger when there is none.
//
// Threading: plain blocking code.
// Errors:    Errc::transient when there is neither a daemon nor a ledger, Errc::forbidden when no
//            socket is ours to use or the one that is may only be asked questions, Errc::busy when
//            nobody listens although the ledger is held; the daemon's own refusals keep their code.
#pragma once

#include "base/result.hpp"
#include "settings/settings.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <memory>
#include <string>

namespace devicebatch::ledger {
class Ledger;
}

namespace devicebatch::daemon {

// One request on one socket. `file` is sent behind it (`submit`); empty: nothing is.
Result<boost::json::object> ask_daemon(const std::string& socket,
                                       const boost::json::object& request,
                                       const std::string& file = {});

// Several requests to one daemon, or to its ledger while it is down, which is then opened once and
// held until the end.
class ControlDesk {
 public:
  explicit ControlDesk(const settings::Settings& settings);
  ~ControlDesk();

  // Through the control socket, or through the one for monitoring when the first is not ours.
  Result<boost::json::object> ask(const boost::json::object& request, const std::string& file = {});
  // A question that the ledger can answer, too.
  Result<boost::json::object> ask_or_read(const boost::json::object& request);

 private:
  Result<boost::json::object> read(const boost::json::object& request);

  const settings::Settings& settings_;
  std::unique_ptr<ledger::Ledger> ledger_;
  bool is_monitor_ = false;
};

// ask_or_read() for a single question.
Result<boost::json::object> ask_daemon_or_ledger(const settings::Settings& settings,
                                                 const boost::json::object& request);

}  // namespace devicebatch::daemon
