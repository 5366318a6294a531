#ifndef OPENSSL_SETUP_H
#define OPENSSL_SETUP_H

/// Readies OpenSSL for what this project does with it: TLS to AWS, SHA-256 and HMAC for signatures, SHA-1 for name-based ids.
///
/// To be called once and before anything else of OpenSSL, which otherwise readies itself for everything it knows.
void openssl_setup(void);

#endif
