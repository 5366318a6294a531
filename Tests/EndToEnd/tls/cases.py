"""What is compared: servers' settings and certificates, one dimension at a time and at random."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from tls.certificates import Chain
from tls.server import Server, Settings
from tls.servers import SERVERS


@dataclass(frozen=True)
class Case:
    name: str
    server: type[Server]
    settings: Settings = field(default_factory=Settings)
    chain: Chain = field(default_factory=Chain)
    # "http" or "https": the way to the server is a proxy's.
    proxy: str = ""

    @property
    def id(self) -> str:
        return f"{self.server.name}-{self.name}"


RSA, ECDSA = Chain(), Chain(root="ec:P-256", leaf="ec:P-256")
TLS_1_2, TLS_1_3 = Settings(versions=("1.2",)), Settings(versions=("1.3",))

SETTINGS = {
    "both versions": Settings(),
    **{
        f"TLS {version}, {sessions}": Settings(versions=(version,), sessions=sessions)
        for version in ("1.2", "1.3")
        for sessions in ("tickets", "stateful", "none")
    },
    "a server that knows no earlier session, TLS 1.2": replace(TLS_1_2, forgetful=True),
    "a server that knows no earlier session, TLS 1.3": replace(TLS_1_3, forgetful=True),
    "TLS 1.1": Settings(versions=("1.1",)),
    "client certificate asked for, TLS 1.2": replace(TLS_1_2, asks_for_certificate=True),
    "client certificate asked for, TLS 1.3": replace(TLS_1_3, asks_for_certificate=True),
    "HTTP/1.1 by ALPN": Settings(alpn="http/1.1"),
    "HTTP/2 or 1.1 by ALPN": Settings(alpn="h2,http/1.1"),
    "HTTP/2 alone by ALPN": Settings(alpn="h2"),
    "small records, TLS 1.2": replace(TLS_1_2, record=512),
    "small records, TLS 1.3": replace(TLS_1_3, record=512),
    "a certificate for those who name the host": Settings(needs_name=True),
    "a stapled OCSP answer": Settings(stapled=True),
    "KeyUpdate of one side": replace(TLS_1_3, command="k"),
    "KeyUpdate of both sides": replace(TLS_1_3, command="K"),
    "renegotiation": replace(TLS_1_2, command="r"),
    "renegotiation with a client certificate asked for": replace(TLS_1_2, command="R"),
    # In TLS 1.3 a group that the client did not guess is asked for by a HelloRetryRequest.
    **{
        f"group {group}, TLS {version}": Settings(versions=(version,), groups=group)
        for version in ("1.2", "1.3")
        for group in ("X25519", "prime256v1", "secp384r1", "secp521r1", "X448", "brainpoolP256r1")
    },
    **{f"group {group}": replace(TLS_1_3, groups=group) for group in ("ffdhe2048", "ffdhe3072")},
}

# Key exchange and cipher of TLS 1.2: the common ones, and what only a second try can do.
AEAD = ["AES128-GCM-SHA256", "AES256-GCM-SHA384", "CHACHA20-POLY1305"]
CBC = ["AES128-SHA256", "AES256-SHA"]
CIPHERS = [
    *((RSA, f"ECDHE-RSA-{cipher}") for cipher in [*AEAD, *CBC, "CAMELLIA128-SHA256"]),
    *((RSA, f"DHE-RSA-{cipher}") for cipher in [*AEAD, *CBC, "AES256-CCM"]),
    *((RSA, cipher) for cipher in ["AES128-GCM-SHA256", "AES256-GCM-SHA384", *CBC, "AES128-CCM", "NULL-SHA256"]),
    *((ECDSA, f"ECDHE-ECDSA-{cipher}") for cipher in [*AEAD, *CBC, "AES128-CCM", "AES256-CCM8"]),
]

BELIEVED = {
    **{f"RSA of {bits}": Chain(leaf=f"rsa:{bits}") for bits in (2048, 3072, 4096)},
    "an authority with RSA of 4096": Chain(root="rsa:4096", digest="sha512"),
    "RSA-PSS in the chain's signatures": Chain(pss=True),
    "RSA-PSS in the chain's signatures, SHA-384": Chain(pss=True, digest="sha384"),
    "a key for RSA-PSS alone": Chain(leaf="rsa-pss:2048"),
    "an authority with a key for RSA-PSS alone": Chain(root="rsa-pss:2048"),
    **{
        f"ECDSA {curve}": Chain(root=f"ec:{curve}", leaf=f"ec:{curve}", digest=digest)
        for curve, digest in (("P-256", "sha256"), ("P-384", "sha384"), ("P-521", "sha512"))
    },
    "ECDSA below RSA": Chain(leaf="ec:P-256"),
    "RSA below ECDSA": Chain(root="ec:P-384"),
    "ECDSA brainpoolP256r1": Chain(leaf="ec:brainpoolP256r1"),
    "ECDSA secp256k1": Chain(leaf="ec:secp256k1"),
    "Ed25519": Chain(root="ed25519", leaf="ed25519"),
    "Ed25519 above RSA": Chain(root="ed25519"),
    "Ed448": Chain(root="ed448", leaf="ed448"),
    "SHA-224": Chain(digest="sha224"),
    "SHA3-256": Chain(digest="sha3-256"),
    "SHA-512/256": Chain(digest="sha512-256"),
    "a chain of six": Chain(intermediates=5),
    "a chain of 50 KB": Chain(names="DNS:localhost," + ",".join(f"DNS:{n:060}.test" for n in range(700))),
    "a name by a wildcard": Chain(names="DNS:*.test,DNS:localhost"),
    "name constraints that permit it": Chain(constraints="critical,permitted;DNS:localhost", names="DNS:localhost"),
    "for servers": Chain(usage="serverAuth"),
}

REFUSED = {
    "expired": Chain(days=-1),
    "not yet valid": Chain(begin="20990101000000Z"),
    "another host": Chain(names="DNS:dynamodb.example.com"),
    "a wildcard too wide": Chain(names="DNS:*"),
    "self-signed": Chain(self_signed=True, trusted=False),
    "an unknown root": Chain(trusted=False),
    "no intermediate": Chain(complete=False),
    "RSA of 1024": Chain(leaf="rsa:1024"),
    "an authority with RSA of 1024": Chain(root="rsa:1024"),
    "ECDSA of 192 bits": Chain(leaf="ec:prime192v1"),
    "SHA-1": Chain(digest="sha1"),
    "SHA-1 by ECDSA": Chain(root="ec:P-256", leaf="ec:P-256", digest="sha1"),
    "MD5": Chain(digest="md5"),
    "name constraints that forbid it": Chain(constraints="critical,permitted;DNS:example.com"),
    "name constraints that exclude it": Chain(constraints="critical,excluded;DNS:localhost"),
    "an issuer that is no authority": Chain(basic="critical,CA:FALSE"),
    "an issuer that may have none below": Chain(basic="critical,CA:TRUE,pathlen:0", intermediates=2),
    "for clients": Chain(usage="clientAuth"),
}


# Of no use to a server that keeps to OpenSSL's usual level of security; to SHA-512/256 OpenSSL 3.0 gives no strength.
WEAK = [
    BELIEVED["SHA-512/256"],
    *(REFUSED[name] for name in REFUSED if name.startswith(("SHA-1", "MD5", "ECDSA of 192")) or "1024" in name),
]


def table() -> Iterator[Case]:
    """Each dimension by itself, at each server that can do it."""
    for server in SERVERS:
        for name, settings in SETTINGS.items():
            if server.can(settings):
                yield Case(name, server, settings)
        for version in (TLS_1_2, TLS_1_3):
            for name, chain in (BELIEVED | REFUSED).items():
                if server.shows_weak_certificates or chain not in WEAK:
                    yield Case(f"{name}, TLS {version.versions[0]}", server, version, chain)
        for chain, cipher in CIPHERS:
            yield Case(f"cipher {cipher}", server, replace(TLS_1_2, cipher=cipher), chain)
        for proxy in ("http", "https"):
            yield Case(f"by a proxy, {proxy}", server, proxy=proxy)
            yield Case(f"by a proxy, {proxy}, refused", server, chain=REFUSED["another host"], proxy=proxy)


def at_random(randomness: random.Random, count: int) -> Iterator[Case]:
    """Several dimensions at once."""
    number = 0
    while number < count:
        server = randomness.choice(SERVERS)
        first, second = randomness.choices(list(SETTINGS.values()), k=2)
        cipher_chain, cipher = randomness.choice(CIPHERS)
        chain = randomness.choice(list((BELIEVED | REFUSED).values()))
        settings = replace(
            first,
            groups=second.groups,
            asks_for_certificate=second.asks_for_certificate,
            record=second.record,
            needs_name=randomness.random() < 0.2,
        )
        if randomness.random() < 0.2 and "1.2" in settings.versions:
            chain, settings = cipher_chain, replace(settings, cipher=cipher)
        if not server.can(settings) or (chain in WEAK and not server.shows_weak_certificates):
            continue
        number += 1
        proxy = randomness.choice(["", "", "", "http", "https"])
        yield Case(f"{number}", server, settings, chain, proxy)
