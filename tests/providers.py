"""A pytest plugin: GitHub, Google and an OpenID Connect provider, as far as signing in with them goes, on this machine.

A proxy that answers for their hosts itself, over TLS with a certificate of its own authority: a program that has
`environment()` speaks to it instead of them, with unmodified back ends. It is strict where they are (client, secret,
redirect address, PKCE, codes that are good once), and it lies when a test tells it to.
"""

import base64
import hashlib
import json
import secrets
import socketserver
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from accounts import oauth
from cloudbox.environment import Environment
from cloudbox.providers import all_providers, all_redirects

BACK = "https://app.example.org/back"  # where the providers send people, except to our own pages
ISSUER = "https://id.example.org/realms/staff"
CLIENT_ID, CLIENT_SECRET = "a client", "its secret"
SETTINGS = {
    "CLOUDBOX_GITHUB_ID": CLIENT_ID,
    "CLOUDBOX_GITHUB_SECRET": CLIENT_SECRET,
    "CLOUDBOX_GOOGLE_ID": CLIENT_ID,
    "CLOUDBOX_GOOGLE_SECRET": CLIENT_SECRET,
    "CLOUDBOX_OIDC": "staff-id",
    "CLOUDBOX_OIDC_STAFF_ID_URL": ISSUER,
    "CLOUDBOX_OIDC_STAFF_ID_ID": CLIENT_ID,
    "CLOUDBOX_OIDC_STAFF_ID_SECRET": CLIENT_SECRET,
}
HOSTS = (
    *("github.com", "api.github.com", "accounts.google.com", "oauth2.googleapis.com"),
    *("www.googleapis.com", "openidconnect.googleapis.com", "id.example.org"),
)
AUTHORIZE = {
    ("github.com", "/login/oauth/authorize"): "github",
    ("accounts.google.com", "/o/oauth2/auth"): "google",
    ("id.example.org", "/realms/staff/authorize"): "oidc",
}
TOKEN = {
    ("github.com", "/login/oauth/access_token"): "github",
    ("accounts.google.com", "/o/oauth2/token"): "google",
    ("oauth2.googleapis.com", "/token"): "google",
    ("id.example.org", "/realms/staff/token"): "oidc",
}

type_of_answer = tuple[int, Any]


@dataclass
class Somebody:
    """A person as the providers know them. `verified` is what they say of the address."""

    id: str
    login: Any
    email: str = ""
    verified: Any = True
    name: Any = ""

    def at_github(self) -> dict[str, Any]:
        return {"id": int(self.id), "login": self.login, "name": self.name or None, "email": self.email or None}

    def emails(self) -> list[dict[str, Any]]:
        spare = {"email": f"spare-{self.id}@example.net", "primary": False, "verified": True}
        return [spare, {"email": self.email, "primary": True, "verified": self.verified}] if self.email else []

    def claims(self) -> dict[str, Any]:
        first, _, last = self.name.partition(" ") if isinstance(self.name, str) else [self.name] * 3
        names = {"name": self.name, "given_name": first, "family_name": last, "preferred_username": self.login}
        return {"sub": self.id, "email": self.email, "email_verified": self.verified, **names}


@dataclass
class Grant:
    """A code that was given out, and for what."""

    kind: str
    person: Somebody
    query: dict[str, str]
    used: bool = False


@dataclass
class Providers:
    """All of them at once. `person` is who sits at the browser; `lies` answer in place of the truth."""

    directory: Path
    person: Somebody = field(default_factory=lambda: Somebody("583231", "octocat", "octocat@example.net"))
    lies: dict[tuple[str, str], Callable[[], type_of_answer]] = field(default_factory=dict)
    claims: dict[str, Any] = field(default_factory=dict)  # what an id_token says beside the truth
    asked: list[str] = field(default_factory=list)  # host and path of each request, in order

    def __post_init__(self) -> None:
        self.grants: dict[str, Grant] = {}
        self.tokens: dict[str, Somebody] = {}
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.signing_key: Any = self.key  # another one makes wrong signatures
        self.released = threading.Event()
        self._authority = self.directory / "authority.pem"
        self.tls = _certified(self.directory, self._authority)
        self._server = _Server(("127.0.0.1", 0), _Tunnel)
        self._server.providers = self
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def close(self) -> None:
        self.tell_the_truth()
        self._server.shutdown()
        self._server.server_close()

    def environment(self) -> dict[str, str]:
        """Return what a program needs to take these for the real ones."""
        proxy = f"http://127.0.0.1:{self._server.server_address[1]}"
        return {"HTTPS_PROXY": proxy, "REQUESTS_CA_BUNDLE": str(self._authority), "NO_PROXY": "127.0.0.1,localhost"}

    def tell_the_truth(self) -> None:
        """Forget all lies, and who sat at the browser; whatever hangs is answered."""
        self.released.set()
        self.released = threading.Event()
        self.lies.clear()
        self.claims.clear()
        self.asked.clear()
        self.signing_key = self.key
        self.person = Somebody("583231", "octocat", "octocat@example.net")

    def lie(self, host: str, path: str, status: int, body: Any) -> None:
        """Answer with this, whatever the truth is. Bytes are sent as they are."""
        self.lies[host, path] = lambda: (status, body)

    def hang(self, host: str, path: str) -> None:
        """Take the request and never answer."""

        released = self.released

        def wait() -> type_of_answer:
            released.wait()
            return 503, b""

        self.lies[host, path] = wait

    def visit(self, url: str) -> dict[str, str]:
        """Go where a sign-in begins, say yes as `person`, and return what the browser is sent back with."""
        back = urlsplit(self.send_back(url))
        return {name: values[0] for name, values in parse_qs(back.query).items()}

    def send_back(self, url: str) -> str:
        """Say yes as `person`, and return the address to which the browser is sent back."""
        known = self.environment()
        with requests.Session() as browser:
            browser.trust_env = False
            answer = browser.get(
                url,
                allow_redirects=False,
                timeout=10,
                proxies={"https": known["HTTPS_PROXY"]},
                verify=known["REQUESTS_CA_BUNDLE"],
            )
        assert answer.status_code == 302, answer.text
        return answer.headers["Location"]

    def answer(self, host: str, path: str, query: dict[str, str], form: dict[str, str], token: str) -> type_of_answer:
        """Return what a host answers. A status of 302 has the address as its body."""
        place = host, path
        if place in self.lies:
            return self.lies[place]()
        if place in AUTHORIZE:
            return 302, self._code(AUTHORIZE[place], query)
        if place in TOKEN:
            return self._exchange(TOKEN[place], form)
        return self._of_itself(place) or self._of_people(place, self.tokens.get(token))

    def _of_itself(self, place: tuple[str, str]) -> type_of_answer | None:
        if place == ("id.example.org", "/realms/staff/.well-known/openid-configuration"):
            return 200, self._discovery()
        if place == ("id.example.org", "/realms/staff/keys"):
            return 200, {"keys": [{**_public(self.key), "kid": "one", "alg": "RS256", "use": "sig"}]}
        return None

    def _of_people(self, place: tuple[str, str], person: Somebody | None) -> type_of_answer:
        if person is None:
            return 401, {"message": "Bad credentials"}
        if place == ("api.github.com", "/user"):
            return 200, person.at_github()
        if place == ("api.github.com", "/user/emails"):
            return 200, person.emails()
        if place[1] in {"/oauth2/v3/userinfo", "/v1/userinfo", "/realms/staff/userinfo"}:
            return 200, person.claims()
        return 404, {"message": "Not Found"}

    def _code(self, kind: str, query: dict[str, str]) -> str:
        assert query["client_id"] == CLIENT_ID
        assert query["response_type"] == "code"
        assert query["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(12)
        self.grants[code] = Grant(kind, self.person, query)
        return f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}"

    def _exchange(self, kind: str, form: dict[str, str]) -> type_of_answer:
        if (form.get("client_id"), form.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            return _refused(kind, "incorrect_client_credentials" if kind == "github" else "invalid_client")
        grant = self.grants.get(form.get("code", ""))
        if grant is None or grant.used or grant.kind != kind or not _proven(grant, form.get("code_verifier", "")):
            return _refused(kind, "bad_verification_code" if kind == "github" else "invalid_grant")
        if form.get("redirect_uri") != grant.query["redirect_uri"]:
            return _refused(kind, "redirect_uri_mismatch")
        grant.used = True
        token = secrets.token_urlsafe(24)
        self.tokens[token] = grant.person
        answer = {"access_token": token, "token_type": "bearer", "refresh_token": secrets.token_urlsafe(24)}
        return 200, answer | ({"id_token": self._id_token(grant)} if kind == "oidc" else {})

    def _id_token(self, grant: Grant) -> str:
        now = int(time.time())
        truth = {"iss": ISSUER, "aud": CLIENT_ID, "iat": now, "exp": now + 300, "nonce": grant.query["nonce"]}
        said = {**truth, **grant.person.claims(), **self.claims}
        return jwt.encode(said, self.signing_key, algorithm="RS256", headers={"kid": "one"})

    def _discovery(self) -> dict[str, Any]:
        ends = {"authorization_endpoint": "authorize", "token_endpoint": "token", "userinfo_endpoint": "userinfo"}
        return {
            "issuer": ISSUER,
            "jwks_uri": f"{ISSUER}/keys",
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
            **{name: f"{ISSUER}/{end}" for name, end in ends.items()},
        }


@pytest.fixture(scope="session")
def stand_in(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Providers]:
    """The providers that the shared `server` knows; a test without that server takes `providers`."""
    providers = Providers(tmp_path_factory.mktemp("providers"))
    yield providers
    providers.close()


@pytest.fixture
def providers(stand_in: Providers, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Providers]:
    """The providers, telling the truth, and this server knowing them."""
    env = Environment(SETTINGS | {"CLOUDBOX_OAUTH_REDIRECTS": BACK})
    settings.CLOUDBOX_PROVIDERS = all_providers(env)
    settings.CLOUDBOX_OAUTH_REDIRECTS = all_redirects(env, settings.CLOUDBOX_URL, settings.CLOUDBOX_PROVIDERS)
    for name, value in stand_in.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(oauth, "TIMEOUTS", (2, 2))
    yield stand_in
    stand_in.tell_the_truth()
    oauth._OpenIdConnect.get_openid_configuration.invalidate()  # remembered for a day otherwise
    oauth._OpenIdConnect.get_jwks_keys_for_uri.invalidate()


def _refused(kind: str, error: str) -> type_of_answer:
    """Say no: GitHub with a 200, the others as RFC 6749 section 5.2 asks."""
    return 200 if kind == "github" else 400, {"error": error, "error_description": "No."}


def _proven(grant: Grant, verifier: str) -> bool:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == grant.query["code_challenge"]


def _public(key: rsa.RSAPrivateKey) -> dict[str, Any]:
    return dict(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key(), as_dict=True))


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64
    providers: Providers

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: clients that give up are what some tests are about."""


class _Tunnel(socketserver.StreamRequestHandler):
    """CONNECT host:443, and then that host."""

    server: _Server

    def handle(self) -> None:
        host = self.rfile.readline().split()[1].partition(b":")[0].decode()
        while self.rfile.readline().strip():
            pass
        if host not in HOSTS:
            self.wfile.write(b"HTTP/1.1 502 Nobody of that name\r\n\r\n")
            return
        self.wfile.write(b"HTTP/1.1 200 Connected\r\n\r\n")
        with self.server.providers.tls.wrap_socket(self.connection, server_side=True) as inside:
            _Site(inside, (host, 443), self.server)


class _Site(BaseHTTPRequestHandler):
    """One of the hosts."""

    server: _Server

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        host = self.client_address[0]
        form = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        self.server.providers.asked.append(host + parts.path)
        token = (self.headers.get("Authorization") or "").partition(" ")[2]
        query, fields = ({name: values[0] for name, values in parse_qs(text).items()} for text in (parts.query, form))
        status, body = self.server.providers.answer(host, parts.path, query, fields, token)
        sent = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        if status == 302:
            self.send_header("Location", body)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(sent)))
        self.end_headers()
        self.wfile.write(sent)

    def do_POST(self) -> None:
        self.do_GET()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's signature
        """Say nothing."""


def _certified(directory: Path, authority: Path) -> ssl.SSLContext:
    """Make an authority, whose certificate is written to `authority`, and return TLS for all hosts."""
    own_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Authority of the tests")])
    now = datetime.now(UTC)

    def signed(name: x509.Name, public: Any, extensions: list[tuple[Any, bool]]) -> bytes:
        builder = x509.CertificateBuilder().subject_name(name).issuer_name(issuer).public_key(public)
        builder = builder.serial_number(x509.random_serial_number())
        builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical)
        return builder.sign(own_key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    identifier = x509.SubjectKeyIdentifier.from_public_key(own_key.public_key())
    usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
    of_authority: list[tuple[Any, bool]] = [(x509.BasicConstraints(True, 0), True), (usage, True), (identifier, False)]
    authority.write_bytes(signed(issuer, own_key.public_key(), of_authority))
    names = x509.SubjectAlternativeName([x509.DNSName(host) for host in HOSTS])
    by = x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier)
    site = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Everybody")])
    certificate, private = directory / "site.pem", directory / "site.key"
    certificate.write_bytes(signed(site, key.public_key(), [(names, False), (by, False)]))
    clear = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    private.write_bytes(key.private_bytes(*clear))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, private)
    return tls
