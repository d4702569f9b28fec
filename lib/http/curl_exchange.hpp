// http/curl_exchange.hpp - one request on one easy handle, from its options to its Result.
//
// Lifecycle: prepare() makes the handle ready; it is then driven by a multi handle until libcurl
//            says that it is over; finish() turns that into a Result. Handles are used again
//            afterwards.
// Threading: the transport thread only. The object must not move between prepare() and finish():
//            libcurl holds pointers into it.
#pragma once

#include "base/result.hpp"
#include "http/curl_handles.hpp"
#include "http/curl_transport.hpp"
#include "http/transfer_watch.hpp"

#include <optional>
#include <string>

namespace devicebatch::http {

class CurlExchange {
 public:
  CurlExchange(Request request, Completion completion)
      : request_(std::move(request)), completion_(std::move(completion)) {}
  ~CurlExchange();
  CurlExchange(const CurlExchange&) = delete;
  CurlExchange& operator=(const CurlExchange&) = delete;

  // Takes the handle over. An error means that nothing can be sent.
  Result<void> prepare(EasyHandle easy, const CurlOptions& options);
  CURL* easy() const { return easy_.get(); }
  // For the next request, without pointers into this one.
  EasyHandle release_easy() {
    curl_easy_reset(easy_.get());
    return std::move(easy_);
  }

  // Whether to go on waiting. `next_look` is when to ask again at the latest.
  Transfer look(MonoTime now) { return watch_->look(progress(), now); }
  std::optional<MonoTime> next_look() const { return watch_->next_look(); }

  Result<Response> finish(CURLcode code);
  // Instead of finish(), for what look() gave up.
  Error gave_up(Transfer why) const;
  void complete(Result<Response> result) { completion_(std::move(result)); }

 private:
  // The request is about to leave on a connection; another one is about to be made.
  static int on_request(void* self, char*, char*, int, int);
  static curl_socket_t on_open(void* self, curlsocktype, curl_sockaddr* address);
  bool is_asked_twice();
  static std::size_t on_read(char* buffer, std::size_t size, std::size_t count, void* self);
  static std::size_t on_body(char* bytes, std::size_t size, std::size_t count, void* self);
  static std::size_t on_header(char* bytes, std::size_t size, std::size_t count, void* self);

  template <class T>
  void set(CURLoption option, T value);
  void set_security(const CurlOptions& options);
  void set_limits(const CurlOptions& options);
  Result<void> set_method();
  Result<void> set_headers();
  void add_header_line(std::string&& line);

  std::string_view body_to_send() const;
  bool has_secret_reply() const { return request_.secret_body != nullptr; }
  void append_to_body(std::string_view bytes);
  bool take_header(std::string_view line);
  bool take_status_line(std::string_view line);
  // False: the reply cannot be read as what it says it is.
  bool check_framing(std::string_view name, std::string_view value);
  bool refuse_reply(std::string why);
  Progress progress() const;
  Error error(Errc code, std::string_view what, int native = 0) const;
  Error error_of(CURLcode code) const;

  Request request_;
  Completion completion_;
  UrlHandle url_;
  HeaderList header_lines_;
  CURLcode set_result_ = CURLE_OK;
  std::size_t body_sent_ = 0;
  std::size_t header_bytes_ = 0;
  std::string unusable_;  // why the reply was refused by us; empty: it was not
  std::string content_length_;
  bool is_requested_ = false;
  bool is_answered_ = false;
  bool is_head_complete_ = false;
  std::optional<TransferWatch> watch_;
  Response response_;
  char error_text_[CURL_ERROR_SIZE] = {};
  EasyHandle easy_;  // last, so that it goes before what it points to
};

}  // namespace devicebatch::http
