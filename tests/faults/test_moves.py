"""Opposite moves of folders from several clients: the tree stays a tree."""

import time
from collections import Counter

import pytest
import requests

from tests.invariants import broken
from tests.server import Server
from tests.visitors import Visitor, at_once


def mover(visitor: Visitor, folder: str, into: str, home: str, seconds: float) -> Counter[int]:
    """Move a folder into another one and back home, again and again."""
    statuses: Counter[int] = Counter()
    headers = {"Authorization": f"Bearer {visitor.token}"}
    end = time.monotonic() + seconds
    with requests.Session() as session:
        while time.monotonic() < end:
            for target in (into, home):
                address = f"{visitor.url}/api/v1/store/assets/{folder}/move"
                answer = session.post(address, json={"folder": target}, headers=headers, timeout=60)
                statuses[answer.status_code] += 1
    return statuses


@pytest.mark.parametrize("seconds", [2, pytest.param(60, marks=pytest.mark.slow)])
def test_opposite_moves_never_make_a_cycle(server: Server, meet, seconds: int, record_property):
    dana = meet("dana")
    ring = [dana.make_folder(f"ring {number}") for number in range(4)]
    below = [dana.make_folder("below", below=folder) for folder in ring]
    jobs = [(ring[n], below[(n + 1) % 4]) for n in range(4)] + [(ring[n], ring[(n + 2) % 4]) for n in range(4)]

    results = at_once(lambda job: mover(dana, job[0], job[1], dana.root, seconds), jobs)

    statuses = sum(results, Counter())
    record_property("moves", statuses[200])
    assert set(statuses) <= {200, 400, 409}
    assert statuses[200] > 10
    assert statuses[400] > 0  # somebody was about to make a cycle
    assert broken(server) == {}
