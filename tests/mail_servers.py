"""Mail servers for tests, on this machine: one that speaks SMTP, and one that speaks SendGrid's HTTP API.

They keep what they were sent, and answer as a test tells them to.
"""

import io
import json
import socketserver
import ssl
import threading
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

USER, PASSWORD = "cloudbox", "nine/quiet@herons"
KEY = "SG.aaaaaaaaaaaaaaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"


@dataclass
class SmtpServer:
    """What a test asks of the server: its answer to each command, and the mails that it took."""

    port: int = 0
    answers: dict[str, str] = field(default_factory=dict)  # to MAIL, RCPT, DATA (the mail itself), AUTH
    mails: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    hangs_up: bool = False
    tls: ssl.SSLContext | None = None  # with which STARTTLS encrypts

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    @property
    def url_with_login(self) -> str:
        return f"smtp://{USER}:nine%2Fquiet%40herons@127.0.0.1:{self.port}"


class _Smtp(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        told: SmtpServer = self.server.told  # type: ignore[attr-defined]
        if told.hangs_up:
            return
        self._say("220 mail.example ESMTP")
        while line := self.rfile.readline():
            verb, _, rest = line.decode().strip().partition(" ")
            if verb.upper() == "QUIT":
                self._say("221 bye")
                return
            self._answer(told, verb.upper(), rest)

    def _answer(self, told: SmtpServer, verb: str, rest: str) -> None:
        if verb == "EHLO":
            self._say("250-mail.example\r\n250-AUTH PLAIN\r\n250-STARTTLS\r\n250 8BITMIME")
        elif verb == "STARTTLS":
            self._encrypt(told)
        elif verb == "AUTH":
            given = b64decode(rest.partition(" ")[2]).decode().split("\0")[1:]
            self._say(told.answers.get("AUTH") or ("235 welcome" if given == [USER, PASSWORD] else "535 who are you"))
        elif verb == "RCPT":
            told.recipients.append(rest.partition("<")[2].partition(">")[0])
            self._say(told.answers.get("RCPT", "250 fine"))
        elif verb == "DATA":
            self._say("354 go on")
            body = b"".join(iter(self.rfile.readline, b".\r\n"))
            answer = told.answers.get("DATA", "250 queued")
            if answer.startswith("2"):
                told.mails.append(message_from_bytes(body, policy=policy.default))
            self._say(answer)
        else:
            self._say(told.answers.get(verb, "250 fine"))

    def _encrypt(self, told: SmtpServer) -> None:
        if told.tls is None:
            self._say("454 not here")
            return
        self._say("220 go on")
        try:
            self.connection = told.tls.wrap_socket(self.connection, server_side=True)
        except OSError:  # the client does not know the certificate
            self.rfile = io.BytesIO()
            return
        self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", buffering=0)

    def finish(self) -> None:
        super().finish()
        self.connection.close()

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


def certified(directory: Path) -> tuple[ssl.SSLContext, Path]:
    """Make a certificate of this machine that nobody has signed; return what encrypts with it, and its file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name, now = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")]), datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    builder = builder.add_extension(identifier, critical=False)
    certificate, private = directory / "mail.pem", directory / "mail.key"
    certificate.write_bytes(builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    clear = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    private.write_bytes(key.private_bytes(*clear))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, private)
    return tls, certificate


class _Listener(socketserver.ThreadingTCPServer):
    daemon_threads = True


@contextmanager
def smtp_server() -> Iterator[SmtpServer]:
    """Serve SMTP on a free port."""
    told = SmtpServer()
    with _Listener(("127.0.0.1", 0), _Smtp) as listener:
        listener.told = told  # type: ignore[attr-defined]
        told.port = listener.server_address[1]
        yield from _serving(listener, told)


@dataclass
class SendGrid:
    """What the stand-in answers, and what it was sent; a key that is not KEY is refused."""

    port: int = 0
    status: int = 202
    body: str = ""
    mails: list[dict[str, Any]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"sendgrid://{KEY}@?api_url=http://127.0.0.1:{self.port}/v3/"


class _SendGrid(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        told: SendGrid = self.server.told  # type: ignore[attr-defined]
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        status, answer = told.status, told.body
        if self.path != "/v3/mail/send":
            status, answer = 404, "not found"
        elif self.headers["Authorization"] != f"Bearer {KEY}":
            status, answer = 401, '{"errors": [{"message": "The provided authorization grant is invalid"}]}'
        if status == 202:
            told.mails.append(body)
        self.send_response(status)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer.encode())

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def sendgrid() -> Iterator[SendGrid]:
    """Serve what SendGrid's API would answer, on a free port."""
    told = SendGrid()
    with ThreadingHTTPServer(("127.0.0.1", 0), _SendGrid) as listener:
        listener.told = told  # type: ignore[attr-defined]
        told.port = listener.server_address[1]
        yield from _serving(listener, told)


def _serving(listener: socketserver.BaseServer, told: Any) -> Iterator[Any]:
    thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield told
    finally:
        listener.shutdown()
        thread.join()


def use(settings: Any, mailing: Any) -> None:
    """Let Django send as `mailing` says."""
    settings.CLOUDBOX_MAILING = mailing
    for name, value in {"EMAIL_USE_TLS": False, "EMAIL_USE_SSL": False, **mailing.django}.items():
        setattr(settings, name, value)
