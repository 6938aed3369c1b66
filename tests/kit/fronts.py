"""What may stand before a notebook's server: a proxy that ends TLS, and one that is asked first."""

from __future__ import annotations

import base64
import datetime
import re
import select
import socket
import ssl
import threading
from contextlib import suppress
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


class Authority:
    """A local certificate authority; `file` is what trusts it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "local authority")])
        self.file = folder / "authority.pem"
        self.file.write_bytes(_pem(self._signed(self._name, self._key, None)))

    def server(self, name: str) -> ssl.SSLContext:
        """What a server of that name has."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        path = self._folder / f"{name}.pem"
        private = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        path.write_bytes(private + _pem(self._signed(subject, key, name)))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context

    def _signed(
        self, subject: x509.Name, key: ec.EllipticCurvePrivateKey, name: str | None
    ) -> x509.Certificate:
        now = datetime.datetime.now(datetime.timezone.utc)
        own = x509.SubjectKeyIdentifier.from_public_key(self._key.public_key())
        made = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(hours=1))
            .not_valid_after(now + datetime.timedelta(hours=1))
            .add_extension(x509.BasicConstraints(ca=name is None, path_length=None), critical=True)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(own), critical=False
            )
        )
        if name is None:
            usage = x509.KeyUsage(
                digital_signature=False,
                content_commitment=False,
                key_encipherment=False,
                data_encipherment=False,
                key_agreement=False,
                key_cert_sign=True,
                crl_sign=True,
                encipher_only=False,
                decipher_only=False,
            )
            made = made.add_extension(own, critical=False).add_extension(usage, critical=True)
        else:
            names = x509.SubjectAlternativeName([x509.DNSName(name)])
            made = made.add_extension(names, critical=False)
        return made.sign(self._key, hashes.SHA256())


class Front:
    """A listening port on loopback whose connections are served by `serve`, each in a thread."""

    def __init__(self) -> None:
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        with suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()

    def serve(self, connection: socket.socket) -> None:
        raise NotImplementedError

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            threading.Thread(target=self._guarded, args=(connection,), daemon=True).start()

    def _guarded(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            self.serve(connection)


class TlsFront(Front):
    """Ends TLS, and passes on to a port; a shared connection goes both ways as bytes come."""

    def __init__(self, port: int, context: ssl.SSLContext) -> None:
        self._target, self._context = port, context
        super().__init__()

    def serve(self, connection: socket.socket) -> None:
        outer = self._context.wrap_socket(connection, server_side=True)
        with outer, socket.create_connection(("127.0.0.1", self._target)) as inner:
            carry_both(outer, inner)


class ConnectProxy(Front):
    """An HTTP proxy that knows names of its own: `places` has a port for each."""

    def __init__(self, places: dict[str, int], user: str = "") -> None:
        self.places = places
        self.asked: list[str] = []
        self._wanted = f"Basic {base64.b64encode(user.encode()).decode()}" if user else ""
        super().__init__()

    def serve(self, connection: socket.socket) -> None:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            byte = connection.recv(1)
            if not byte:
                return
            head += byte
        text = head.decode()
        self.asked.append(text)
        found = re.match(r"CONNECT (\S+):\d+ HTTP/1\.[01]\r\n", text)
        if self._wanted and f"Proxy-Authorization: {self._wanted}\r\n" not in text:
            connection.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
        elif not found or found[1] not in self.places:
            connection.sendall(b"HTTP/1.1 502 Bad Gateway\r\n\r\n")
        else:
            connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            target = ("127.0.0.1", self.places[found[1]])
            with socket.create_connection(target) as inner:
                carry_both(connection, inner)


def carry_both(outer: socket.socket, inner: socket.socket) -> None:
    """Pass bytes on both ways until one side ends; one thread, as TLS wants it."""
    for each in (outer, inner):
        each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    while True:
        held = isinstance(outer, ssl.SSLSocket) and outer.pending()
        ready = [outer] if held else select.select([outer, inner], [], [])[0]
        for source, target in ((outer, inner), (inner, outer)):
            if source in ready:
                data = source.recv(65_536)
                if not data:
                    return
                target.sendall(data)


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)
