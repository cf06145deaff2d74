"""The arithmetic of the benchmarks; what they measure is in docs/reports/benchmarks.md."""

import pytest

from benchmarks import __main__, outcomes
from benchmarks.outcomes import Outcome, Report
from benchmarks.pairs import Side, compare


@pytest.mark.parametrize(
    ("found", "least", "most", "met"),
    [
        (1.5, 1.5, None, True),
        (1.4, 1.5, None, False),
        (16, None, 16, True),
        (17, None, 16, False),
        (3, None, None, None),
    ],
)
def test_a_goal_is_met_up_to_its_bound(found, least, most, met):
    assert Outcome(what="x", peer="y", found=found, least=least, most=most).is_met is met


def test_a_missing_peer_is_said_and_meets_nothing():
    outcome = Outcome(what="x", peer="nginx", found=None, least=1)

    assert outcome.is_met is None
    assert "peer is missing" in outcome.row()


def test_two_sides_take_turns_and_change_who_begins():
    turns: list[str] = []

    def turn(name: str) -> float:
        turns.append(name)
        return 1.0

    compare(Side(lambda: turn("a")), Side(lambda: turn("b")), rounds=2)

    assert "".join(turns) == "baabba"


def test_the_ratio_is_the_median_of_the_pairs_and_the_first_pair_does_not_count():
    ours, theirs = iter([9.0, 1.0, 1.0, 1.0]), iter([1.0, 2.0, 8.0, 3.0])

    assert compare(Side(lambda: next(ours)), Side(lambda: next(theirs)), rounds=3).speed == 3.0


def test_a_report_says_what_was_missed_and_what_holds_it_back(tmp_path, monkeypatch):
    monkeypatch.setattr(outcomes, "REPORTS", tmp_path)
    lines = [
        Outcome(what="PUT 4 KiB, 8 clients", peer="rclone", found=0.5, least=1),
        Outcome(what="GET of what nobody thought of", peer="nginx", found=0.5, least=1),
        Outcome(what="form", peer="own raw PUT", found=1, least=0.8),
    ]

    Report("bytes.md", "Bytes", "python -m benchmarks bytes").write(lines, seconds=90, commit="abc")

    text = (tmp_path / "bytes.md").read_text()
    table, _, missed = text.partition("## What was missed")
    assert table.count("**missed**") == 2
    assert "- PUT 4 KiB, 8 clients, against rclone: the peer answers before" in missed
    assert "nobody thought of, against nginx: not known yet." in missed
    assert "form" not in missed


def test_every_group_is_made_of_benchmarks_that_there_are():
    assert all(set(names) <= __main__.BENCHMARKS.keys() for names, _ in __main__.GROUPS.values())


def test_a_report_says_how_far_nginx_gets_where_we_missed_a_goal_and_what_has_no_line(tmp_path, monkeypatch):
    monkeypatch.setattr(outcomes, "REPORTS", tmp_path)
    missed = Outcome(what="GET 256 MiB, 4 clients", peer="rclone", found=3.1, least=4)
    limit = Outcome(what=missed.what + outcomes.BY_NGINX, peer="rclone", found=2.7)

    Report("bytes.md", "Bytes", "make bench", ("TLS: a proxy's.",)).write([missed, limit], seconds=90, commit="abc")

    text = (tmp_path / "bytes.md").read_text()
    assert "nginx in its place reaches 2.70 x here." in text
    assert "## What is not measured\n\n- TLS: a proxy's." in text
