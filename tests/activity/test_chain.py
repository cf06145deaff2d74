import threading

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from activity import chain, services
from activity.models import AuditEntry, Seal
from activity.services import Target, Who

alice = Who(id=None, label="alice", address="192.0.2.1")


def record(count=1):
    for number in range(count):
        services.record("signed_in", by=alice, target=Target("user", str(number), "alice"), number=number)


@pytest.fixture
def settled(transactional_db):
    """Committed transactions: only what is over is sealed."""


@pytest.fixture
def sealed(settled):
    record(2)
    chain.seal()
    record(3)
    chain.seal()


def tamper(statement):
    """Write as the owner of the database can, past the triggers."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(statement)


def test_entries_are_sealed_in_the_order_they_were_written(sealed):
    numbers = AuditEntry.objects.order_by("id").values_list("seq", flat=True)

    assert list(numbers) == [1, 2, 3, 4, 5]
    assert list(Seal.objects.order_by("last").values_list("first", "last", "count")) == [(1, 2, 2), (3, 5, 3)]
    assert isinstance(chain.verify_chain(), chain.Head)


def test_sealing_again_seals_nothing(sealed):
    assert chain.seal() == 0
    assert Seal.objects.count() == 2


def test_an_entry_that_commits_late_is_sealed_later(settled):
    """A long transaction holds the lower id, commits after the others were read, and is not lost."""
    written, commit = threading.Event(), threading.Event()

    def record_slowly():
        try:
            with transaction.atomic():
                record()
                written.set()
                commit.wait(10)
        finally:
            connection.close()

    slow = threading.Thread(target=record_slowly)
    slow.start()
    written.wait(10)
    record(2)
    while_open = chain.seal()
    commit.set()
    slow.join()

    assert (while_open, chain.seal()) == (0, 3)
    assert list(AuditEntry.objects.order_by("seq").values_list("seq", flat=True)) == [1, 2, 3]
    assert isinstance(chain.verify_chain(), chain.Head)


def test_two_sealers_side_by_side_seal_once(settled):
    record(20)
    ready = threading.Barrier(4)
    sealed = []

    def seal():
        try:
            ready.wait(10)
            sealed.append(chain.seal())
        finally:
            connection.close()

    threads = [threading.Thread(target=seal) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    chain.seal()

    assert sum(sealed) in (0, 20)
    assert [seal.count for seal in Seal.objects.all()] == [20]
    assert isinstance(chain.verify_chain(), chain.Head)


def test_what_another_server_recorded_is_sealed_at_once(settled):
    """After a restore the numbers of transactions begin anew, far below those in the rows."""
    record()
    tamper("UPDATE activity_auditentry SET xid = xid + 1000000")

    assert chain.seal() == 1


@pytest.mark.parametrize(
    ("tampering", "reason"),
    [
        ("UPDATE activity_auditentry SET verb = 'nothing' WHERE seq = 3", "An entry was changed."),
        ("UPDATE activity_auditentry SET at = at + interval '1 second' WHERE seq = 3", "An entry was changed."),
        (
            "UPDATE activity_auditentry SET address = '::1' WHERE seq = 3",
            "What an entry says of a person was changed.",
        ),
        (
            "UPDATE activity_auditentry SET actor_salt = '' WHERE seq = 3",
            "What an entry says of a person was changed.",
        ),
        ("DELETE FROM activity_auditentry WHERE seq = 4", "An entry is missing."),
        ("DELETE FROM activity_seal WHERE first = 3", "A seal is missing."),
        ("UPDATE activity_seal SET previous = 'x' WHERE first = 3", "A seal is missing or was replaced."),
    ],
)
def test_a_change_past_the_triggers_is_found(sealed, tampering, reason):
    tamper(tampering)

    found = chain.verify_chain()

    assert isinstance(found, chain.Difference)
    assert (found.first, found.reason) == (3, reason)
    with pytest.raises(CommandError, match=reason):
        call_command("verify_audit")


def test_a_chain_that_was_cut_is_found_by_its_old_head(sealed, capsys):
    call_command("verify_audit")
    head = capsys.readouterr().out.split()[-1]
    tamper("DELETE FROM activity_seal WHERE first = 3")
    tamper("DELETE FROM activity_auditentry WHERE seq >= 3")

    call_command("verify_audit")

    with pytest.raises(CommandError, match="cut off"):
        call_command("verify_audit", contains=head)


def test_the_chain_holds_after_a_person_was_erased(sealed):
    AuditEntry.objects.filter(seq=3).update(actor_label="", address="", agent="", actor_salt="")

    assert isinstance(chain.verify_chain(), chain.Head)
