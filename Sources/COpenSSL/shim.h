#ifndef COPENSSL_SHIM_H
#define COPENSSL_SHIM_H
/* MD5() is deprecated, as a digest that protects nothing; here it is only the checksum of a format. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/md5.h>
#include <openssl/params.h>
#include <openssl/sha.h>
#include <openssl/ssl.h>
#endif
