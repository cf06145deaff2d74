"""People who speak to a real server over HTTP, and nothing but HTTP."""

import itertools
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import pytest
import requests

from tests.server import Server

PASSWORD = "three tame otters"
PATIENCE = 60  # seconds until a call that is not answered fails its test

T = TypeVar("T")
_numbers = itertools.count(1)


class Visitor(requests.Session):
    """Somebody at a server, without an account until `registered`; a call takes the path only."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.trust_env = False  # no proxies, no .netrc
        self.url = url
        self.id = self.name = self.email = self.root = self.token = self.refresh_token = ""

    def request(self, method: str | bytes, url: str | bytes, **options: Any) -> requests.Response:  # type: ignore[override]  # paths only
        options.setdefault("timeout", PATIENCE)
        return super().request(method, f"{self.url}{url!s}", **options)

    def registered(self, name: str) -> "Visitor":
        """Make an account with a name that nobody else has, and log in."""
        self.name = f"{name}-{next(_numbers)}"
        self.email = f"{self.name}@example.com"
        account = {"username": self.name, "email": self.email, "password": PASSWORD}
        self.id = asked(self.post("/api/v1/auth/register", json=account), 201)["id"]
        self.log_in()
        self.root = asked(self.get("/api/v1/store/folders"))["id"]
        return self

    def log_in(self, password: str = PASSWORD) -> None:
        """Begin a new session."""
        tokens = asked(self.post("/api/v1/auth/login", json={"login": self.name, "password": password}))
        self.token, self.refresh_token = tokens["access"], tokens["refresh"]
        self.headers["Authorization"] = f"Bearer {self.token}"

    def make_folder(self, name: str, *, below: str = "") -> str:
        """Return the id of the new folder."""
        path = f"/api/v1/store/folders/{below}" if below else "/api/v1/store/folders"
        return str(asked(self.post(path, json={"name": name}), 201)["id"])

    def store(self, name: str, data: Any, *, below: str = "") -> dict[str, Any]:
        """Return the new file, or the file with its new version."""
        return asked(self.put(place_of(name, below), data=data), 200, 201)

    def usage(self) -> dict[str, Any]:
        return asked(self.get("/api/v1/account/usage"))


def place_of(name: str, folder: str = "") -> str:
    """Return the address that takes a file by its name."""
    return f"/api/v1/store/folders/{folder}/files/{name}" if folder else f"/api/v1/store/folders/files/{name}"


def asked(response: requests.Response, *expected: int) -> dict[str, Any]:
    """Return what a call has answered that must succeed."""
    assert response.status_code in (expected or (200,)), f"{response.status_code}: {response.text[:500]}"
    answer: dict[str, Any] = response.json()
    return answer


def at_once(work: Callable[[Any], T], items: Any, *, most: int = 64) -> list[T]:
    """Do the work for all items at the same time, and return the results in the order of the items."""
    with ThreadPoolExecutor(max_workers=most) as pool:
        return list(pool.map(work, items))


@pytest.fixture(scope="module")
def meet(server: Server) -> Iterator[Callable[[str], Visitor]]:
    """Register people whom nobody else meets."""
    met: list[Visitor] = []

    def meet(name: str) -> Visitor:
        met.append(Visitor(server.url))
        return met[-1].registered(name)

    yield meet
    for visitor in met:
        visitor.close()


@pytest.fixture(scope="module")
def alice(meet: Callable[[str], Visitor]) -> Visitor:
    """The owner."""
    return meet("alice")


@pytest.fixture(scope="module")
def bob(meet: Callable[[str], Visitor]) -> Visitor:
    """The collaborator."""
    return meet("bob")


@pytest.fixture(scope="module")
def charlie(meet: Callable[[str], Visitor]) -> Visitor:
    """The stranger."""
    return meet("charlie")


@pytest.fixture
def anonymous(server: Server) -> Iterator[Visitor]:
    """Somebody without an account."""
    with Visitor(server.url) as visitor:
        yield visitor
