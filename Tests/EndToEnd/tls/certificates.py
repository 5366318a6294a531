"""Chains of certificates, made by the openssl command: each kind once a session."""

from __future__ import annotations

import hashlib
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

# The proxied cases need a host that is not this machine by its name.
LOCAL = "DNS:localhost,DNS:tls.test"


@dataclass(frozen=True)
class Chain:
    """A root, intermediates and a server's certificate, each with a key of a kind: algorithm and size or curve."""

    root: str = "rsa:2048"
    leaf: str = "rsa:2048"
    digest: str = "sha256"
    names: str = LOCAL
    days: int = 2
    # A date as in 20990101000000Z, instead of now.
    begin: str = ""
    intermediates: int = 1
    # What the authorities' certificates say besides being those of authorities.
    constraints: str = ""
    basic: str = "critical,CA:TRUE"
    usage: str = ""
    # RSASSA-PSS instead of PKCS #1 in the signatures of certificates.
    pss: bool = False
    # The last of the chain is missing, or the server shows its certificate as its own issuer.
    complete: bool = True
    self_signed: bool = False
    trusted: bool = True


@dataclass(frozen=True)
class Files:
    """What a server and its clients read, all PEM."""

    root: Path
    certificate: Path
    # The intermediates alone.
    intermediates: Path
    key: Path
    # Certificate and intermediates; the same with the key.
    chain: Path
    bundle: Path


def openssl(*arguments: object) -> str:
    return subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True, text=True).stdout.strip()


@dataclass
class CertificateFactory:
    folder: Path
    made: dict[Chain, Files] = field(default_factory=dict)

    def key(self, kind: str) -> Path:
        path = self.folder / f"{kind}.key"
        if not path.exists():
            algorithm, _, parameter = kind.partition(":")
            option = {"rsa": "rsa_keygen_bits", "rsa-pss": "rsa_keygen_bits", "ec": "ec_paramgen_curve"}.get(algorithm)
            options = ["-pkeyopt", f"{option}:{parameter}"] if option else []
            openssl("genpkey", "-algorithm", algorithm, *options, "-out", path)
        return path

    def make(self, chain: Chain) -> Files:
        if chain not in self.made:
            name = hashlib.sha256(repr(chain).encode()).hexdigest()[:12]
            self.made[chain] = Maker(self, chain, self.folder / name).files()
        return self.made[chain]

    def stranger(self) -> Path:
        """A root that signed none of the others."""
        return self.make(Chain(names="DNS:stranger")).root


class Maker:
    """Makes the certificates of one chain."""

    def __init__(self, factory: CertificateFactory, chain: Chain, folder: Path) -> None:
        self.factory = factory
        self.chain = chain
        self.folder = folder
        self.folder.mkdir()

    def files(self) -> Files:
        chain = self.chain
        authority = f"basicConstraints={chain.basic}\nkeyUsage=critical,keyCertSign\n"
        constraint = f"nameConstraints={chain.constraints}\n" if chain.constraints else ""
        root = issuer = self.certify("root", chain.root, None, "basicConstraints=critical,CA:TRUE\n")
        intermediates = []
        for number in range(chain.intermediates):
            issuer = self.certify(f"issuer{number}", chain.root, issuer, authority + constraint)
            intermediates.insert(0, issuer)
        usage = f"extendedKeyUsage={chain.usage}\n" if chain.usage else ""
        content = f"subjectAltName={chain.names}\n{usage}"
        leaf = self.certify("leaf", chain.leaf, None if chain.self_signed else issuer, content)
        shown = intermediates if chain.complete and not chain.self_signed else []
        return Files(
            root=root,
            certificate=leaf,
            intermediates=self.write("intermediates.pem", *shown),
            key=self.factory.key(chain.leaf),
            chain=self.write("chain.pem", leaf, *shown),
            bundle=self.write("bundle.pem", leaf, *shown, self.factory.key(chain.leaf)),
        )

    def write(self, name: str, *parts: Path) -> Path:
        path = self.folder / name
        path.write_text("".join(part.read_text() for part in parts))
        return path

    def certify(self, name: str, kind: str, issuer: Path | None, content: str) -> Path:
        request, extensions, certificate = (self.folder / f"{name}.{suffix}" for suffix in ("csr", "ext", "pem"))
        extensions.write_text(content)
        key = self.factory.key(kind)
        openssl("req", "-new", "-key", key, "-subj", f"/CN={name} of {self.folder.name}", "-out", request)
        issuing_key = self.factory.key(self.chain.root)
        if name == "leaf" and self.chain.begin and issuer:
            return self.certify_later(request, issuer, issuing_key, extensions, certificate)
        signer = ["-CA", issuer, "-CAkey", issuing_key, "-set_serial", "7"] if issuer else ["-signkey", key]
        padding = ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:-1"] if self.chain.pss else []
        days = self.chain.days if name == "leaf" else 2
        digest = [] if kind.startswith("ed") else [f"-{self.chain.digest}"]
        lasting = ["-days", days, "-extfile", extensions, "-out", certificate]
        openssl("x509", "-req", "-in", request, *signer, *digest, *padding, *lasting)
        return certificate

    def certify_later(self, request: Path, issuer: Path, key: Path, extensions: Path, certificate: Path) -> Path:
        """`openssl x509` dates a certificate from now on."""
        (self.folder / "index").touch()
        config = self.folder / "ca.conf"
        config.write_text(
            f"[ca]\ndefault_ca=a\n[a]\ndatabase={self.folder}/index\nnew_certs_dir={self.folder}\npolicy=p\nrand_serial=yes\n"
            "[p]\ncommonName=supplied\n"
        )
        dates = ["-startdate", self.chain.begin, "-days", self.chain.days, "-md", self.chain.digest, "-notext"]
        files = ["-in", request, "-extfile", extensions, "-out", certificate]
        openssl("ca", "-batch", "-config", config, "-cert", issuer, "-keyfile", key, *dates, *files)
        return certificate
