// http/curl_handles.hpp - libcurl's objects with owners.
//
// Lifecycle: the global state is set up before the first handle and stays for the life of the
//            process. Ownership: each handle frees its object.
#pragma once

#include <curl/curl.h>
#include <string.h>

#include <memory>

namespace devicebatch::http {

struct EasyCleanup {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct MultiCleanup {
  void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
};
struct UrlCleanup {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};
// One of the lines is the Authorization header, and libcurl does not wipe what it frees.
struct WipingListCleanup {
  void operator()(curl_slist* list) const {
    for (curl_slist* line = list; line != nullptr; line = line->next) {
      explicit_bzero(line->data, ::strlen(line->data));
    }
    curl_slist_free_all(list);
  }
};

using EasyHandle = std::unique_ptr<CURL, EasyCleanup>;
using MultiHandle = std::unique_ptr<CURLM, MultiCleanup>;
using UrlHandle = std::unique_ptr<CURLU, UrlCleanup>;
using HeaderList = std::unique_ptr<curl_slist, WipingListCleanup>;

}  // namespace devicebatch::http
