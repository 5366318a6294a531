// OpenSSL 3 makes ready for everything it can do before it does anything: it names, constructs and searches some 400
// algorithms. Of a function's start to the end of its first TLS request that was 30.9 million instructions; here is why
// less is enough (docs/tls.md). Whatever is left out fails where it is asked for: a peer that insists on it is refused, never believed,
// and tried again after openssl_complete.

#include "openssl_setup.h"

#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/provider.h>
#include <openssl/ssl.h>
#include <stdatomic.h>
#include <string.h>
#include <strings.h>

// The default provider's entry point, and what files the texts of errors. The static libraries have them; the shared
// ones keep them to themselves, so that there (unit tests, the command-line tool) these are null and nothing is left out.
extern OSSL_provider_init_fn ossl_default_provider_init __attribute__((weak));
extern int ossl_err_load_crypto_strings(void) __attribute__((weak));
extern int ossl_err_load_SSL_strings(void) __attribute__((weak));

// Whatever a handshake that begins with what is offered may come to, and what checks the certificates of RSA and ECDSA
// authorities: the first name of each algorithm as the provider lists it. Of the less obvious ones, HMAC as a key and a
// signature binds a resumption of TLS 1.3 to its ticket, RSA as a cipher is the key exchange of TLS 1.2 without forward
// secrecy, which OpenSSL offers whether it has it or not, and AES-256-ECB and -CTR are for the random generator.
static const struct {
    int operation;
    const char *const *names;
} kept[] = {
#define KEPT(...) (const char *const[]){__VA_ARGS__, NULL}
    {OSSL_OP_DIGEST, KEPT("SHA1", "SHA2-224", "SHA2-256", "SHA2-384", "SHA2-512")},
    {OSSL_OP_CIPHER, KEPT("AES-128-GCM", "AES-256-GCM", "ChaCha20-Poly1305", "AES-256-CTR", "AES-256-ECB")},
    {OSSL_OP_MAC, KEPT("HMAC")},
    {OSSL_OP_KDF, KEPT("HKDF", "TLS13-KDF", "TLS1-PRF")},
    {OSSL_OP_RAND, KEPT("CTR-DRBG", "SEED-SRC")},
    {OSSL_OP_KEYMGMT, KEPT("RSA", "RSA-PSS", "EC", "X25519", "HMAC")},
    {OSSL_OP_KEYEXCH, KEPT("ECDH", "X25519")},
    {OSSL_OP_SIGNATURE, KEPT("RSA", "ECDSA", "HMAC")},
    {OSSL_OP_ASYM_CIPHER, KEPT("RSA")},
    {OSSL_OP_DECODER, KEPT("RSA", "RSA-PSS", "EC")},
    {OSSL_OP_ENCODER, KEPT(NULL)},
    {OSSL_OP_STORE, KEPT(NULL)},
    {OSSL_OP_KEM, KEPT(NULL)},
#undef KEPT
};

// The groups that are offered, which is the common ones. OpenSSL looks up the keys of each of the fifty that the provider
// lists, to offer the same four. (0.3 million instructions.)
static const char *const groups[] = {"x25519", "secp256r1", "secp384r1", "secp521r1", NULL};

enum { operations = sizeof kept / sizeof *kept, longest = 40 };

static OSSL_FUNC_provider_query_operation_fn *query_all;
static OSSL_FUNC_provider_get_capabilities_fn *get_all_capabilities;
// Made by the thread that sets OpenSSL up, read by all.
static OSSL_ALGORITHM algorithms[operations][longest + 1];

static int is_kept(const char *const *names, const char *listed) {
    size_t length = strcspn(listed, ":");
    for (; *names; names++)
        if (strlen(*names) == length && !strncasecmp(*names, listed, length)) return 1;
    return 0;
}

// Of the decoders, those for public keys as certificates have them: nothing else is read here. (0.6 million instructions.)
static int is_needed(int operation, const OSSL_ALGORITHM *listed) {
    return operation != OSSL_OP_DECODER || strstr(listed->property_definition, "structure=SubjectPublicKeyInfo");
}

static void select_algorithms(void *provider) {
    for (int index = 0; index < operations; index++) {
        int no_cache = 0, count = 0;
        const OSSL_ALGORITHM *all = query_all(provider, kept[index].operation, &no_cache);
        for (; all && all->algorithm_names && count < longest; all++)
            if (is_kept(kept[index].names, all->algorithm_names) && is_needed(kept[index].operation, all))
                algorithms[index][count++] = *all;
    }
}

static const OSSL_ALGORITHM *query(void *provider, int operation, int *no_cache) {
    for (int index = 0; index < operations; index++) {
        if (kept[index].operation != operation) continue;
        *no_cache = 0;
        return algorithms[index];
    }
    return query_all(provider, operation, no_cache);
}

struct receiver {
    OSSL_CALLBACK *receive;
    void *argument;
};

static int receive_group(const OSSL_PARAM group[], void *argument) {
    const struct receiver *receiver = argument;
    const OSSL_PARAM *name = OSSL_PARAM_locate_const(group, OSSL_CAPABILITY_TLS_GROUP_NAME);
    const char *text = NULL;
    if (name && OSSL_PARAM_get_utf8_string_ptr(name, &text) && !is_kept(groups, text)) return 1;
    return receiver->receive(group, receiver->argument);
}

static int get_capabilities(void *provider, const char *capability, OSSL_CALLBACK *receive, void *argument) {
    struct receiver receiver = {receive, argument};
    if (strcmp(capability, "TLS-GROUP")) return get_all_capabilities(provider, capability, receive, argument);
    return get_all_capabilities(provider, capability, receive_group, &receiver);
}

static int start_provider(const OSSL_CORE_HANDLE *handle, const OSSL_DISPATCH *core, const OSSL_DISPATCH **dispatch,
                          void **provider) {
    static OSSL_DISPATCH changed[16];
    const OSSL_DISPATCH *entry;
    size_t count = 0;
    if (!ossl_default_provider_init(handle, core, &entry, provider)) return 0;
    for (; entry->function_id; entry++) {
        if (count == sizeof changed / sizeof *changed - 1) return 0;
        changed[count] = *entry;
        if (entry->function_id == OSSL_FUNC_PROVIDER_QUERY_OPERATION) {
            query_all = OSSL_FUNC_provider_query_operation(entry);
            changed[count].function = (void (*)(void))query;
        }
        if (entry->function_id == OSSL_FUNC_PROVIDER_GET_CAPABILITIES) {
            get_all_capabilities = OSSL_FUNC_provider_get_capabilities(entry);
            changed[count].function = (void (*)(void))get_capabilities;
        }
        count++;
    }
    if (!query_all) return 0;
    select_algorithms(*provider);
    *dispatch = changed;
    return 1;
}

// The provider with less in it, while it is in use.
static _Atomic(OSSL_PROVIDER *) reduced;

void openssl_setup(void) {
    // No openssl.cnf of the host: what a function trusts and offers is decided here. (1.7 million instructions.)
    // No table of every cipher's and digest's old names, but of the digests that signatures of certificates are looked
    // up by. (3 million instructions.)
    // No texts of errors before one is shown: there are thousands. (1 million instructions.)
    uint64_t crypto = OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ADD_ALL_CIPHERS | OPENSSL_INIT_NO_ADD_ALL_DIGESTS;
    if (ossl_err_load_crypto_strings) crypto |= OPENSSL_INIT_NO_LOAD_CRYPTO_STRINGS;
    OPENSSL_init_crypto(crypto, NULL);
    if (ossl_err_load_SSL_strings) OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_SSL_STRINGS, NULL);
    EVP_add_digest(EVP_sha1());
    EVP_add_digest(EVP_sha224());
    EVP_add_digest(EVP_sha256());
    EVP_add_digest(EVP_sha384());
    EVP_add_digest(EVP_sha512());
    // The default provider with less in it. (8 million instructions: each algorithm is constructed, and each public key
    // of a certificate is offered to each of them.) Without it OpenSSL takes the whole default provider by itself.
    if (ossl_default_provider_init && OSSL_PROVIDER_add_builtin(NULL, "tls", start_provider))
        reduced = OSSL_PROVIDER_load(NULL, "tls");
}

int openssl_is_reduced(void) { return reduced != NULL; }

void openssl_complete(void) {
    // The new one first: with none at all OpenSSL would take the default provider for good. The old one has to go, since
    // a group is ignored whose keys another provider has, too. What uses it keeps it until it ends.
    if (!reduced || !OSSL_PROVIDER_load(NULL, "default")) return;
    OSSL_PROVIDER *old = atomic_exchange(&reduced, NULL);
    if (old) OSSL_PROVIDER_unload(old);
    // The digests of certificates' signatures that are left, by which OpenSSL looks them up. MD5 and its like are under
    // the level of security that is asked for.
    EVP_add_digest(EVP_sha512_224());
    EVP_add_digest(EVP_sha512_256());
    EVP_add_digest(EVP_sha3_224());
    EVP_add_digest(EVP_sha3_256());
    EVP_add_digest(EVP_sha3_384());
    EVP_add_digest(EVP_sha3_512());
}

void openssl_load_error_texts(void) {
    if (ossl_err_load_crypto_strings)
        ossl_err_load_crypto_strings();
    else
        OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CRYPTO_STRINGS, NULL);
    if (ossl_err_load_SSL_strings)
        ossl_err_load_SSL_strings();
    else
        OPENSSL_init_ssl(OPENSSL_INIT_LOAD_SSL_STRINGS, NULL);
}
