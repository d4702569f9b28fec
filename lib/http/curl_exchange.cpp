#include "http/curl_exchange.hpp"

#include "base/limits.hpp"
#include "base/text.hpp"
#include "http/target_url.hpp"

#include <openssl/ssl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace devicebatch::http {

namespace {

// All header lines of a reply. The service sends about 1 KB; servers themselves stop at 8 to 64 KB.
constexpr std::size_t kReplyHeaderBytes = 128 * 1024;

// Idle connections are dropped before the front ends of the service do it (about four minutes): a
// POST on a connection that just died has an unknown fate.
constexpr long kIdleConnectionSeconds = 90;

// What is sent and expected of each: a method that is none of these may mean anything.
bool is_known_method(std::string_view method) {
  constexpr std::array<std::string_view, 5> kMethods{"GET", "POST", "PUT", "PATCH", "DELETE"};
  return std::find(kMethods.begin(), kMethods.end(), method) != kMethods.end();
}

bool is_header_safe(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos;
}

// A server that wants another handshake in the middle may be another server by then.
CURLcode forbid_renegotiation(CURL*, void* context, void*) {
  SSL_CTX_set_options(static_cast<SSL_CTX*>(context), SSL_OP_NO_RENEGOTIATION);
  return CURLE_OK;
}

}  // namespace

CurlExchange::~CurlExchange() {
  if (has_secret_reply()) wipe(response_.body);
}

template <class T>
void CurlExchange::set(CURLoption option, T value) {
  const CURLcode result = curl_easy_setopt(easy_.get(), option, value);
  if (set_result_ == CURLE_OK) set_result_ = result;
}

Result<void> CurlExchange::prepare(EasyHandle easy, const CurlOptions& options) {
  easy_ = std::move(easy);
  Result<UrlHandle> url = target_url(request_.url, options.allows_plain_http);
  if (!url) return fail(std::move(url.error()));
  url_ = std::move(*url);
  set(CURLOPT_CURLU, url_.get());
  set(CURLOPT_PRIVATE, static_cast<void*>(this));
  set(CURLOPT_ERRORBUFFER, static_cast<char*>(error_text_));
  set_security(options);
  set_limits(options);
  watch_.emplace(options.first_byte_timeout, options.low_speed_time);
  if (Result<void> method = set_method(); !method) return method;
  set(CURLOPT_WRITEFUNCTION, &CurlExchange::on_body);
  set(CURLOPT_WRITEDATA, static_cast<void*>(this));
  set(CURLOPT_HEADERFUNCTION, &CurlExchange::on_header);
  set(CURLOPT_HEADERDATA, static_cast<void*>(this));
  set(CURLOPT_USERAGENT, options.user_agent.c_str());
  if (Result<void> headers = set_headers(); !headers) return headers;
  if (set_result_ != CURLE_OK) {
    return fail(Errc::rejected,
                std::string("the request cannot be set up: ") + curl_easy_strerror(set_result_),
                set_result_);
  }
  return {};
}

// libcurl asks again by itself where HTTP/2 refuses a stream. What happens to a request is decided
// by the ledger alone, so one exchange is one request, unless it only reads.
bool CurlExchange::is_asked_twice() {
  if (request_.method == "GET") return false;
  if (is_requested_ && unusable_.empty())
    unusable_ = "the stream was refused, and is not asked again";
  return is_requested_;
}

int CurlExchange::on_request(void* self, char*, char*, int, int) {
  auto& exchange = *static_cast<CurlExchange*>(self);
  if (exchange.is_asked_twice()) return CURL_PREREQFUNC_ABORT;
  exchange.is_requested_ = true;
  return CURL_PREREQFUNC_OK;
}

curl_socket_t CurlExchange::on_open(void* self, curlsocktype, curl_sockaddr* address) {
  if (static_cast<CurlExchange*>(self)->is_asked_twice()) return CURL_SOCKET_BAD;
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

void CurlExchange::set_security(const CurlOptions& options) {
  set(CURLOPT_PROTOCOLS_STR, options.allows_plain_http ? "http,https" : "https");
  set(CURLOPT_REDIR_PROTOCOLS_STR, "https");
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
  set(CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  set(CURLOPT_SSL_CTX_FUNCTION, &forbid_renegotiation);
  set(CURLOPT_SSL_VERIFYPEER, 1L);
  set(CURLOPT_SSL_VERIFYHOST, 2L);
  if (!options.ca_file.empty()) {
    set(CURLOPT_CAINFO, options.ca_file.c_str());
    // Debian's default directory would go on trusting every public authority.
    set(CURLOPT_CAPATH, static_cast<char*>(nullptr));
  }
  // Set in either case, because libcurl asks the environment for what is not set.
  set(CURLOPT_PROXY, options.proxy.c_str());
  set(CURLOPT_NOPROXY, options.proxy.empty() ? "*" : "");
  set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
}

void CurlExchange::set_limits(const CurlOptions& options) {
  set(CURLOPT_HTTP_VERSION,
      static_cast<long>(options.http2 ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1));
  if (options.http2) {
    set(CURLOPT_PREREQFUNCTION, &CurlExchange::on_request);
    set(CURLOPT_PREREQDATA, static_cast<void*>(this));
    set(CURLOPT_OPENSOCKETFUNCTION, &CurlExchange::on_open);
    set(CURLOPT_OPENSOCKETDATA, static_cast<void*>(this));
  }
  set(CURLOPT_HTTP09_ALLOWED, 0L);
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options.connect_timeout.count()));
  set(CURLOPT_TIMEOUT_MS, static_cast<long>(options.total_timeout.count()));
  set(CURLOPT_MAXFILESIZE_LARGE, static_cast<curl_off_t>(limits::kReplyBytes));
  set(CURLOPT_TCP_KEEPALIVE, 1L);
  set(CURLOPT_MAXAGE_CONN, kIdleConnectionSeconds);
}

std::string_view CurlExchange::body_to_send() const {
  return request_.secret_body ? request_.secret_body->reveal() : std::string_view(request_.body);
}

Result<void> CurlExchange::set_method() {
  if (!is_known_method(request_.method)) {
    return fail(Errc::rejected, "no method of ours: " + printable(request_.method));
  }
  if (request_.method == "GET") {
    set(CURLOPT_HTTPGET, 1L);
    return {};
  }
  // A body that is read but cannot be rewound: libcurl repeats a request by itself when a kept
  // connection dies before the reply, POSTs included. Without a way back it reports the loss
  // instead, and what may have had an effect is repeated by nobody but the ledger.
  set(CURLOPT_POST, 1L);
  set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body_to_send().size()));
  set(CURLOPT_READFUNCTION, &CurlExchange::on_read);
  set(CURLOPT_READDATA, static_cast<void*>(this));
  if (request_.method != "POST") set(CURLOPT_CUSTOMREQUEST, request_.method.c_str());
  // With nothing to rewind libcurl would repeat it after all; on a new connection it does not.
  if (body_to_send().empty()) set(CURLOPT_FRESH_CONNECT, 1L);
  return {};
}

Result<void> CurlExchange::set_headers() {
  for (const Header& header : request_.headers) {
    if (!is_header_safe(header.name) || !is_header_safe(header.value)) {
      return fail(Errc::rejected, "a header holds a line break: " + printable(header.name));
    }
    // libcurl takes "Name:" for "leave it out" and "Name;" for an empty value.
    add_header_line(header.value.empty() ? header.name + ";" : header.name + ": " + header.value);
  }
  if (request_.bearer) {
    const std::string_view token = request_.bearer->reveal();
    if (!is_header_safe(token)) return fail(Errc::rejected, "the token holds a line break");
    std::string line = "Authorization: Bearer ";
    // At once: a buffer that grows leaves copies behind.
    line.reserve(line.size() + token.size());
    line += token;
    add_header_line(std::move(line));
  }
  if (!request_.sends_expect) add_header_line("Expect:");
  // libcurl would name a form.
  const bool names_type = std::any_of(
      request_.headers.begin(), request_.headers.end(),
      [](const Header& header) { return equals_ignoring_case(header.name, "Content-Type"); });
  if (!names_type) add_header_line("Content-Type:");
  set(CURLOPT_HTTPHEADER, header_lines_.get());
  return {};
}

void CurlExchange::add_header_line(std::string&& line) {
  curl_slist* list = curl_slist_append(header_lines_.get(), line.c_str());
  wipe(line);
  if (list == nullptr) {
    set_result_ = CURLE_OUT_OF_MEMORY;
    return;
  }
  (void)header_lines_.release();  // the same list, its head unchanged unless it was empty
  header_lines_.reset(list);
}

std::size_t CurlExchange::on_read(char* buffer, std::size_t size, std::size_t count, void* self) {
  auto& exchange = *static_cast<CurlExchange*>(self);
  const std::string_view rest = exchange.body_to_send().substr(exchange.body_sent_);
  const std::size_t bytes = std::min(rest.size(), size * count);
  if (bytes > 0) std::memcpy(buffer, rest.data(), bytes);
  exchange.body_sent_ += bytes;
  return bytes;
}

std::size_t CurlExchange::on_body(char* bytes, std::size_t size, std::size_t count, void* self) {
  auto& exchange = *static_cast<CurlExchange*>(self);
  const std::string_view piece(bytes, size * count);
  if (exchange.response_.body.size() + piece.size() > limits::kReplyBytes) {
    exchange.refuse_reply("the reply is over its cap");
    return CURL_WRITEFUNC_ERROR;
  }
  exchange.append_to_body(piece);
  return piece.size();
}

void CurlExchange::append_to_body(std::string_view bytes) {
  std::string& body = response_.body;
  const std::size_t needed = body.size() + bytes.size();
  if (has_secret_reply() && needed > body.capacity()) {
    std::string larger;
    larger.reserve(std::max(needed, 2 * body.capacity()));
    larger = body;
    wipe(body);
    body.swap(larger);
  }
  body += bytes;
}

std::size_t CurlExchange::on_header(char* bytes, std::size_t size, std::size_t count, void* self) {
  const std::string_view line(bytes, size * count);
  const bool is_taken = static_cast<CurlExchange*>(self)->take_header(line);
  return is_taken ? line.size() : CURL_WRITEFUNC_ERROR;
}

bool CurlExchange::refuse_reply(std::string why) {
  unusable_ = std::move(why);
  return false;
}

bool CurlExchange::take_header(std::string_view line) {
  header_bytes_ += line.size();
  if (header_bytes_ > kReplyHeaderBytes) return refuse_reply("the reply is over its cap");
  if (line.starts_with("HTTP/")) return take_status_line(line);
  if (trim(line).empty()) is_head_complete_ = true;
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return true;
  const std::string_view name = trim(line.substr(0, colon));
  const std::string_view value = trim(line.substr(colon + 1));
  if (!check_framing(name, value)) return false;
  response_.headers.emplace_back(std::string(name), std::string(value));
  return true;
}

// A status line begins a reply; what came before it was an interim one.
bool CurlExchange::take_status_line(std::string_view line) {
  const std::size_t space = line.find(' ');
  const std::string_view status = space == std::string_view::npos ? "" : line.substr(space + 1);
  is_answered_ = !status.starts_with('1');
  response_.headers.clear();
  content_length_.clear();
  is_head_complete_ = false;
  return true;
}

// What libcurl lets pass: it reads "0x10" as 0 and takes the last of two lengths, so that a part of
// one reply could be read as another; and it undoes any transfer coding, though none was offered.
bool CurlExchange::check_framing(std::string_view name, std::string_view value) {
  if (equals_ignoring_case(name, "Content-Length")) {
    if (value.empty() || !std::all_of(value.begin(), value.end(), is_ascii_digit)) {
      return refuse_reply("the reply has a length that is no number");
    }
    if (!content_length_.empty() && content_length_ != value) {
      return refuse_reply("the reply has two lengths");
    }
    content_length_ = value;
  }
  if (equals_ignoring_case(name, "Transfer-Encoding") && !equals_ignoring_case(value, "chunked")) {
    return refuse_reply("the reply is in an encoding that was not asked for");
  }
  return true;
}

Progress CurlExchange::progress() const {
  curl_off_t ready_after_us = 0;
  curl_off_t sent = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_PRETRANSFER_TIME_T, &ready_after_us);
  curl_easy_getinfo(easy_.get(), CURLINFO_SIZE_UPLOAD_T, &sent);
  const auto body_sent = static_cast<std::uint64_t>(sent);
  Progress progress;
  // Set at the moment when name, connection, proxy and TLS are done and the first byte may leave.
  progress.is_connected = ready_after_us > 0;
  progress.is_sent = progress.is_connected && body_sent >= body_to_send().size();
  progress.is_answered = is_answered_;
  progress.bytes = body_sent + header_bytes_ + response_.body.size();
  return progress;
}

Error CurlExchange::error(Errc code, std::string_view what, int native) const {
  return Error(code, request_.method + " " + printable(request_.url) + ": " + printable(what),
               native);
}

Error CurlExchange::error_of(CURLcode code) const {
  const bool may_have_left = is_requested_ || progress().is_connected;
  if (code == CURLE_FILESIZE_EXCEEDED) {
    return error(Errc::unconfirmed, "the reply is over its cap", code);
  }
  if (!unusable_.empty()) {
    return error(may_have_left ? Errc::unconfirmed : Errc::transient, unusable_, code);
  }
  const bool has_text = error_text_[0] != '\0';
  const std::string what = has_text ? std::string(error_text_) : curl_easy_strerror(code);
  if (!may_have_left && (code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL)) {
    return error(Errc::rejected, what, code);
  }
  return error(may_have_left ? Errc::unconfirmed : Errc::transient, what, code);
}

Error CurlExchange::gave_up(Transfer why) const {
  const std::string_view what = why == Transfer::no_first_byte
                                    ? "sent, and no reply within the time to its first byte"
                                    : "too slow: less than a byte a second";
  return error(Errc::unconfirmed, what, CURLE_OPERATION_TIMEDOUT);
}

Result<Response> CurlExchange::finish(CURLcode code) {
  if (code != CURLE_OK) return fail(error_of(code));
  long status = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
  // libcurl 7.88.1 takes a head that ends with its connection for a whole reply: a 202 without its
  // Location, or an interim reply for the reply.
  if (!is_head_complete_ || status < 200) {
    return fail(error(Errc::unconfirmed, "the connection ended within the head of the reply"));
  }
  response_.status = static_cast<int>(status);
  return std::move(response_);
}

}  // namespace devicebatch::http
