"""Certificates as people make them at home: valid, and without the fields that RFC 5280 asks for beyond that."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
import ipaddress
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_PEM = serialization.Encoding.PEM
_LOOPBACK = ipaddress.ip_address("127.0.0.1")


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate and its key, as files."""

    chain: Path
    key: Path

    @property
    def files(self) -> tuple[Path, Path]:
        """Both, as the brokers take them."""
        return self.chain, self.key


class Authority:
    """Signs certificates, in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        """Make the authority's own certificate."""
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        certificate = _unsigned("authority", self._key).add_extension(
            x509.BasicConstraints(ca=True, path_length=None), critical=False
        )
        self.file = folder / "authority.pem"
        self.file.write_bytes(certificate.sign(self._key, hashes.SHA256()).public_bytes(_PEM))
        self.pem = self.file.read_text()
        self.server = self.sign("server", _LOOPBACK)
        self.elsewhere = self.sign("elsewhere", ipaddress.ip_address("192.0.2.1"))
        self.client = self.sign("client", _LOOPBACK)

    def sign(self, name: str, address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> Certificate:
        """Make a certificate for an address."""
        key = ec.generate_private_key(ec.SECP256R1())
        names = x509.SubjectAlternativeName([x509.IPAddress(address)])
        certificate = _unsigned(name, key).add_extension(names, critical=False).sign(self._key, hashes.SHA256())
        made = Certificate(self._folder / f"{name}.pem", self._folder / f"{name}.key")
        made.chain.write_bytes(certificate.public_bytes(_PEM))
        made.key.write_bytes(key.private_bytes(_PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
        return made


def _unsigned(name: str, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(_name("authority"))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
    )


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])
