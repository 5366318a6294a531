#ifndef OPENSSL_SETUP_H
#define OPENSSL_SETUP_H

/// Readies OpenSSL for what this project does with it: TLS to AWS, SHA-256 and HMAC for signatures, SHA-1 for name-based ids.
///
/// To be called once and before anything else of OpenSSL, which otherwise readies itself for everything it knows.
void openssl_setup(void);

/// Whether OpenSSL does with less than it knows.
///
/// Only static libraries let it: with shared ones everything is there from the start.
int openssl_is_reduced(void);

/// Makes ready everything that OpenSSL knows, for connections that begin from now on.
///
/// To be called after `openssl_setup`, by any thread, and as often as wanted.
void openssl_complete(void);

/// Files the texts of errors, which `openssl_setup` leaves out, so that `ERR_error_string_n` has words from now on.
///
/// To be called once, after `openssl_setup`.
void openssl_load_error_texts(void);

#endif
