"""What was paid for makes a line of time: nobody gets time without money, and nobody's money is without time."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from uuid import UUID

import pytest
from hypothesis import assume, example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from payments import terms
from payments.terms import LAST, SECOND, Line, Pack, Piece
from tests.payments.books import Exact, heads, price

NOON = datetime(2026, 10, 24, 12, tzinfo=UTC)  # a day before the clocks of Europe go back
DAY, MICROSECOND = timedelta(days=1), timedelta(microseconds=1)
GRACE = 7 * DAY


def pack(number: int, *, size: int = 1, days: int = 30, amount: int = 100, money: str = "NGN live") -> Pack:
    return Pack(id=UUID(int=number), bytes=size, seconds=days * 86400, amount=amount, money=money)


def line_of(*packs: Pack, at: datetime = NOON) -> Line:
    line: Line = ()
    for bought in packs:
        line = terms.add(line, bought, at)
    return line


def piece(line: Line, number: int) -> Piece:
    return next(found for found in line if found.id == UUID(int=number))


def term(line: Line, number: int) -> tuple[datetime, datetime]:
    found = piece(line, number)
    return found.starts_at, found.ends_at


def test_the_first_pack_begins_at_once():
    assert term(line_of(pack(1)), 1) == (NOON, NOON + 30 * DAY)


def test_an_equal_or_smaller_pack_begins_when_what_runs_ends():
    line = line_of(pack(1, size=5), pack(2, size=5), pack(3))

    assert term(line, 2) == (NOON + 30 * DAY, NOON + 60 * DAY)
    assert term(line, 3) == (NOON + 60 * DAY, NOON + 90 * DAY)


@pytest.mark.parametrize("money", ["USD live", "NGN test"])
def test_a_larger_pack_for_other_money_waits_for_what_runs(money):
    line = line_of(pack(1), pack(2, size=5, money=money))

    assert term(line, 2) == (NOON + 30 * DAY, NOON + 60 * DAY)


def test_a_larger_pack_begins_at_once_and_lasts_longer_by_what_the_rest_is_worth():
    line = line_of(pack(1), pack(2))

    line = terms.add(line, pack(3, size=5, amount=300), NOON + 10 * DAY)

    fifty = Fraction(20 + 30, 3)  # days of the old ones, a third of the new one's price
    assert term(line, 1) == (NOON, NOON + 10 * DAY)
    assert term(line, 2) == (NOON + 10 * DAY, NOON + 10 * DAY)
    assert terms.extra_of(line, UUID(int=3)) == int(fifty * 86400)
    assert piece(line, 3).ends_at - (NOON + 40 * DAY) == timedelta(seconds=1_440_000)


def test_a_pack_bought_when_all_has_ended_begins_then():
    line = terms.add(line_of(pack(1)), pack(2), NOON + 31 * DAY)

    assert term(line, 2) == (NOON + 31 * DAY, NOON + 61 * DAY)


def test_a_refund_brings_back_what_was_taken_over_as_far_as_it_is_not_used_up():
    line = terms.add(line_of(pack(1)), pack(2, size=5, amount=200), NOON + 10 * DAY)

    soon = terms.remove(line, UUID(int=2), NOON + 25 * DAY)  # of the larger one's own time
    late = terms.remove(line, UUID(int=2), NOON + 42 * DAY)  # two days into what the rest had paid for

    assert term(soon, 1) == (NOON, NOON + 45 * DAY)
    assert term(late, 1) == (NOON, NOON + 58 * DAY)


def test_a_refund_of_what_was_taken_over_takes_its_own_part_only():
    line = terms.add(line_of(pack(1)), pack(2, size=5, amount=200), NOON + 10 * DAY)
    line = terms.add(line, pack(3, size=9, amount=400), NOON + 20 * DAY)
    ends_at = piece(line, 3).ends_at
    assert ends_at == NOON + 20 * DAY + (30 + 10 + 5) * DAY

    without_second = terms.remove(line, UUID(int=2), NOON + 21 * DAY)
    without_first = terms.remove(line, UUID(int=1), NOON + 21 * DAY)

    assert piece(without_second, 3).ends_at == ends_at - 10 * DAY
    assert piece(without_second, 1).into == UUID(int=3)
    assert piece(without_first, 3).ends_at == ends_at - 5 * DAY
    assert term(terms.remove(without_second, UUID(int=3), NOON + 22 * DAY), 1) == (NOON, NOON + 42 * DAY)


def test_what_waits_moves_up_when_what_is_before_it_goes():
    line = line_of(pack(1), pack(2), pack(3))

    line = terms.remove(line, UUID(int=2), NOON + DAY)
    line = terms.remove(line, UUID(int=1), NOON + 10 * DAY)

    assert term(line, 3) == (NOON + 10 * DAY, NOON + 40 * DAY)


def test_the_room_stays_in_grace_unless_another_pack_follows():
    line = line_of(pack(1), pack(2))

    assert terms.counts_until(line, piece(line, 1), GRACE) == NOON + 30 * DAY
    assert terms.counts_until(line, piece(line, 2), GRACE) == NOON + 67 * DAY
    line = terms.add(line, pack(3), NOON + 62 * DAY)
    assert terms.counts_until(line, piece(line, 2), GRACE) == NOON + 62 * DAY


def test_a_refund_long_after_the_end_changes_nobody_elses_time():
    line = terms.add(line_of(pack(1)), pack(2, size=5), NOON + DAY)
    rest = terms.remove(line, UUID(int=2), NOON + 365 * DAY)

    assert term(rest, 1) == term(line, 1)


def test_no_price_and_no_number_of_packs_leaves_the_calendar():
    dear, cheap = pack(1, days=32767, amount=2**53), pack(2, size=2, days=32767, amount=1)
    line = line_of(dear, cheap, pack(3), pack(4))

    assert term(line, 2) == (NOON, LAST)
    assert term(line, 4) == (LAST, LAST)
    assert terms.counts_until(line, piece(line, 4), GRACE) == LAST + GRACE


# Amounts and lengths as anybody might think them up, and moments as close and as far as ten years.
packs = st.builds(
    lambda size, days, amount, money: {"size": size, "days": days, "amount": amount, "money": money},
    st.integers(1, 4),
    st.sampled_from([1, 7, 30, 31, 365, 366]) | st.integers(1, 800),
    st.sampled_from([100, 150, 350, 700, 1000]) | st.integers(1, 10**7),
    st.sampled_from(["NGN live", "NGN live", "NGN live", "USD live"]),
)
gaps = (
    st.sampled_from([0, 0, 1, 999_999, SECOND, 86400 * SECOND, 30 * 86400 * SECOND])
    | st.integers(0, 40 * 86400 * SECOND)
    | st.integers(0, 10 * 366 * 86400 * SECOND)
)
happenings = st.lists(st.tuples(gaps, packs | st.integers(0, 9)), min_size=1, max_size=14)


@hypothesis_settings(max_examples=300)
@given(happenings)
@example([(0, {"size": n, "days": 30, "amount": 7**n, "money": "NGN live"}) for n in range(1, 9)] + [(1, 3), (1, 4)])
def test_every_moment_is_paid_for_and_all_that_was_paid_for_comes(happenings):
    at, line, exact = NOON, line_of(), Exact()
    for number, (gap, what) in enumerate(happenings):
        at, before = at + timedelta(microseconds=gap), at
        exact.advance(line, before, at)
        if isinstance(what, dict):
            bought = pack(number, **what)
            line = terms.add(line, bought, at)
            exact.add(line, bought)
        elif line:
            gone = line[what % len(line)].id
            line = terms.remove(line, gone, at)
            exact.remove(gone)
        assume(all(found.ends_at < LAST for found in line))
        assert_well_formed(line, at)

    exact.advance(line, at, LAST)

    assert exact.lost <= exact.roundings


def assert_well_formed(line: Line, at: datetime) -> None:
    """One after the other without a gap, and nothing that begins anew began before now."""
    assert all(found.starts_at <= found.ends_at for found in line)
    assert all(0 <= found.left <= found.pack.seconds * SECOND for found in line)
    assert all(found.into is None or any(found.into == other.id for other in line) for found in line)
    ahead = [head for head in heads(line) if head.ends_at > at]
    assert [head.starts_at for head in ahead[1:]] == [head.ends_at for head in ahead[:-1]]
    assert not ahead or ahead[0].starts_at <= at
    following = [terms.counts_until(line, head, GRACE) for head in ahead[:-1]]
    assert following == [head.starts_at for head in ahead[1:]]


@given(happenings, packs)
def test_a_pack_whose_money_goes_back_at_once_leaves_the_line_as_it_was(happenings, last):
    at, line = NOON, line_of()
    for number, (gap, what) in enumerate(happenings):
        at += timedelta(microseconds=gap)
        if isinstance(what, dict):
            line = terms.add(line, pack(number, **what), at)
        elif line:
            line = terms.remove(line, line[what % len(line)].id, at)
        assume(all(found.ends_at < LAST for found in line))

    more = terms.add(line, pack(99, **last), at)
    assume(all(found.ends_at < LAST for found in more))
    again = terms.remove(more, UUID(int=99), at)

    assert [found.into for found in again] == [found.into for found in line]
    for found, was in zip(again, line, strict=True):
        assert found.starts_at == was.starts_at
        assert timedelta() <= was.ends_at - found.ends_at <= len(line) * rounding(line, was)


def rounding(line: Line, head: Piece) -> timedelta:
    """A microsecond of whatever has been taken over, in the head's time."""
    dearest = max(price(found.pack) for found in line)
    return timedelta(microseconds=int(1 + dearest / price(head.pack)))


@given(happenings)
def test_a_clock_that_goes_back_gives_no_time(happenings):
    at, line, paid = NOON, line_of(), Fraction()
    for number, (gap, what) in enumerate(happenings):
        at += timedelta(microseconds=gap % (5 * SECOND) - 2 * SECOND)
        if isinstance(what, dict):
            bought = pack(number, **what)
            line, paid = terms.add(line, bought, at), paid + bought.amount

    served = (Fraction((found.ends_at - found.starts_at) // MICROSECOND, SECOND) * price(found.pack) for found in line)
    assert sum(served) <= paid
