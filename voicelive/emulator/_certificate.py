"""A certificate that the local server makes for itself."""

import datetime
import ipaddress
import socket
import ssl
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from .engines._extra import import_extra

VALID_DAYS: Final = 90
_EVERYWHERE = ("", "0.0.0.0", "::")  # noqa: S104 - compared, not bound


@contextmanager
def self_signed(host: str) -> Iterator[tuple[ssl.SSLContext, Path]]:
    """Make a certificate for a host and for this machine's own names; gives a server's context, and the certificate as a file.

    The file, which clients are to trust, lasts as long as the block. The key is in this process alone: it is on disk only while the
    context reads it, and can sign no other certificate.

    Raises:
        ImportError: cryptography is not installed.
    """
    import_extra("cryptography", "making a certificate", "tls")
    names = list(dict.fromkeys(["localhost", "127.0.0.1", "::1", *([socket.gethostname()] if host in _EVERYWHERE else [host])]))
    key, certificate = _make(names)
    with tempfile.TemporaryDirectory(prefix="voicelive-") as folder:  # only this user can read it
        path = Path(folder) / "certificate.pem"
        path.write_bytes(certificate)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        secret = Path(folder) / "key.pem"
        try:
            secret.write_bytes(key)
            context.load_cert_chain(path, secret)
        finally:
            secret.unlink()
        yield context, path


def _make(names: list[str]) -> tuple[bytes, bytes]:
    """Key and certificate as PEM."""
    from cryptography import x509  # noqa: PLC0415 - of an extra
    from cryptography.hazmat.primitives import hashes, serialization  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "voicelive local server")])
    now = datetime.datetime.now(datetime.timezone.utc)
    extensions: list[tuple[Any, bool]] = [
        (x509.SubjectAlternativeName([_alternative(each) for each in names]), False),
        (x509.BasicConstraints(ca=False, path_length=None), True),
        (x509.ExtendedKeyUsage([x509.oid.ExtendedKeyUsageOID.SERVER_AUTH]), False),
        (x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False),
        (x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), False),
    ]
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    # Clocks differ a little between machines.
    builder = builder.not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(now + datetime.timedelta(days=VALID_DAYS))
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical=critical)
    pem = serialization.Encoding.PEM
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return secret, builder.sign(key, hashes.SHA256()).public_bytes(pem)


def _alternative(name: str) -> Any:
    from cryptography import x509  # noqa: PLC0415 - of an extra

    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)
