"""Which addresses are called, however they are written and whatever their names say."""

import socket

import pytest

from activity import calling
from cloudbox.errors import BadInput
from tests.receivers import receiving


@pytest.fixture(autouse=True)
def strict(settings):
    settings.CLOUDBOX_WEBHOOK_HTTP = False
    settings.CLOUDBOX_WEBHOOK_PRIVATE = []


@pytest.fixture
def names(monkeypatch):
    """Answers of the resolver by name, one after the other."""
    known: dict[str, list[str]] = {}
    asked: list[str] = []
    real = socket.getaddrinfo

    def lookup(host, port, *args, **kwargs):
        if host not in known or kwargs.get("flags"):  # whether it is a number is not asked of any resolver
            return real(host, port, *args, **kwargs)
        asked.append(host)
        answers = known[host]
        return real(answers.pop(0) if len(answers) > 1 else answers[0], port, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    known["asked"] = asked
    return known


PRIVATE = [
    *("127.0.0.1", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "0.0.0.0", "0", "localhost", "a.localhost"),
    *("10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "198.18.0.1", "224.0.0.1"),
    *("240.0.0.1", "255.255.255.255", "192.0.0.8", "LOCALHOST", "localhost."),
    *("[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[fe80::1]", "[fc00::1]"),
    *("[fec0::1]", "[64:ff9b::7f00:1]", "[64:ff9b:1::1]", "[2002:7f00:1::]", "[2001::1]", "[ff02::1]", "[100::1]"),
]


@pytest.mark.parametrize("host", PRIVATE)
def test_a_private_address_is_refused_however_it_is_written(host):
    with pytest.raises(BadInput) as refused:
        calling.check(f"https://{host}/hook")

    assert refused.value.field == "url"
    assert calling.call(f"https://{host}/hook", b"{}", {}).error == "not_allowed"


@pytest.mark.parametrize(
    "url",
    [
        *("http://hooks.example.org/", "ftp://hooks.example.org/", "file:///etc/passwd", "//hooks.example.org/", ""),
        *("https://", "https:///hook", "https://a:b@hooks.example.org/", "https://hooks.example.org@127.0.0.1/"),
        *("https://hooks.example.org/#part", "https://hooks.example.org:22/", "https://hooks.example.org:0x50/"),
        *("https://hooks.example.org\\@127.0.0.1/", "https://hooks.example.org/a b", "https://hooks.example.org/\n"),
        *("https://hööks.example.org/", "https://hooks.example.org:99999/", f"https://hooks.example.org/{'x' * 2000}"),
    ],
)
def test_an_address_that_says_too_much_or_too_little_is_refused(url):
    with pytest.raises(BadInput):
        calling.check(url)


@pytest.mark.parametrize(
    "url",
    ["https://hooks.example.org/a?b=c", "https://8.8.8.8/", "https://[2606:4700::1]:8443/", "https://h.example:1024"],
)
def test_a_public_address_is_taken(url):
    assert calling.check(url) == url


@pytest.mark.parametrize("address", ["127.0.0.1", "::ffff:127.0.0.1", "10.0.0.1", "169.254.169.254", "::1"])
def test_a_name_that_says_a_private_address_is_not_called(names, settings, address):
    settings.CLOUDBOX_WEBHOOK_HTTP = True
    with receiving() as receiver:
        names["rebound.example"] = [address]

        outcome = calling.call(f"http://rebound.example:{receiver.port}/hook", b"{}", {})

        assert (outcome.error, receiver.calls) == ("not_allowed", [])


def test_a_name_is_looked_up_once_so_that_it_cannot_say_something_else_later(names, settings):
    settings.CLOUDBOX_WEBHOOK_HTTP = True
    settings.CLOUDBOX_WEBHOOK_PRIVATE = ["127.0.0.2"]
    names["rebound.example"] = ["127.0.0.2", "127.0.0.1"]
    with receiving() as receiver:
        outcome = calling.call(f"http://rebound.example:{receiver.port}/hook", b"{}", {})

        assert (names["asked"], outcome.error, receiver.calls) == (["rebound.example"], "no_connection", [])


def test_a_network_that_the_operator_allows_is_called_by_its_name(names, settings):
    settings.CLOUDBOX_WEBHOOK_HTTP = True
    settings.CLOUDBOX_WEBHOOK_PRIVATE = ["127.0.0.0/8"]
    names["lab.example"] = ["127.0.0.1"]
    with receiving() as receiver:
        outcome = calling.call(f"http://lab.example:{receiver.port}/hook", b"{}", {"X-A": "b"})

        assert outcome.went
        assert (receiver.calls[0].headers["host"], receiver.calls[0].headers["x-a"]) == (
            f"lab.example:{receiver.port}",
            "b",
        )


def test_no_proxy_of_the_environment_is_asked(monkeypatch, settings):
    settings.CLOUDBOX_WEBHOOK_HTTP = True
    with receiving() as proxy:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy.port}")
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy.port}")

        calling.call("http://rebound.invalid/hook", b"{}", {})

        assert proxy.calls == []
