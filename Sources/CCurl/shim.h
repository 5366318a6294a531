#ifndef CCURL_SHIM_H
#define CCURL_SHIM_H
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>
#include <nss.h>
#include <sys/auxv.h>

// Swift does not import variadic functions and macros with casts: one wrapper per type of argument.

typedef size_t (*ccurl_data_callback)(char *data, size_t size, size_t count, void *context);

// In a static executable glibc has "files" and "dns" built in. For whatever else /etc/nsswitch.conf names for hosts
// ("myhostname", "resolve") it would load the machine's module, and with it the machine's own libc, which ends the process
// where the two differ. Such an executable has no interpreter, whose address is 0 then (getauxval(3)).
static inline void ccurl_use_builtin_name_services(void) {
    if (getauxval(AT_BASE) == 0) __nss_configure_lookup("hosts", "files dns");
}

static inline CURLcode ccurl_global_init(void) {
    ccurl_use_builtin_name_services();
    return curl_global_init(CURL_GLOBAL_DEFAULT);
}

static inline CURLcode ccurl_set_long(CURL *handle, CURLoption option, long value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode ccurl_set_offset(CURL *handle, CURLoption option, curl_off_t value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode ccurl_set_string(CURL *handle, CURLoption option, const char *value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode ccurl_set_pointer(CURL *handle, CURLoption option, void *value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode ccurl_set_callback(CURL *handle, CURLoption option, ccurl_data_callback callback) {
    return curl_easy_setopt(handle, option, callback);
}

typedef CURLcode (*ccurl_context_callback)(CURL *handle, void *context, void *data);

static inline CURLcode ccurl_set_context_callback(CURL *handle, CURLoption option, ccurl_context_callback callback) {
    return curl_easy_setopt(handle, option, callback);
}

typedef int (*ccurl_request_callback)(void *context, char *address, char *local_address, int port, int local_port);

static inline CURLcode ccurl_set_request_callback(CURL *handle, ccurl_request_callback callback) {
    return curl_easy_setopt(handle, CURLOPT_PREREQFUNCTION, callback);
}

static inline CURLcode ccurl_set_headers(CURL *handle, struct curl_slist *headers) {
    return curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers);
}

static inline CURLcode ccurl_get_long(CURL *handle, CURLINFO info, long *value) {
    return curl_easy_getinfo(handle, info, value);
}

static inline CURLcode ccurl_get_offset(CURL *handle, CURLINFO info, curl_off_t *value) {
    return curl_easy_getinfo(handle, info, value);
}

static inline CURLMcode ccurl_multi_set_long(CURLM *multi, CURLMoption option, long value) {
    return curl_multi_setopt(multi, option, value);
}
#endif
