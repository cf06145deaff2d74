"""One thing done with many assets by a job: what becomes of each, who may, what a cancel and a killed worker leave."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone

from accounts.models import AccessKey, User
from accounts.refusals import KeyNotEnough
from accounts.sharing import grant
from activity.models import Mail
from activity.services import entries_of
from assets import tasks
from assets.models import Asset
from assets.placing import OnConflict
from assets.services import bulk, people, tree
from assets.shapes import AssetView
from cloudbox.errors import AccessDenied, BadInput, NotAuthenticated, NotFound, Refusal, TooManyRequests
from jobs import services as jobs
from jobs.models import Job, JobItem
from tests.assets.conftest import Hand, charged
from tests.people import caller_for, with_key

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("store")]


def ordered(hand: Hand, action: str, *assets, **said) -> jobs.JobInfo:
    return bulk.begin(by=hand.caller, action=action, asset_ids=[asset.id for asset in assets], **said)


def done(job: jobs.JobInfo) -> Job:
    """Let the worker do the job."""
    tasks.do_with_many(str(job.id))
    return Job.objects.get(pk=job.id)


def counts(job: Job) -> tuple[int, int]:
    """Return how many items were done, and how many failed, as the job's result says."""
    assert job.result
    return job.result["done"], job.result["failed"]


def outcome(job) -> list[str]:
    """Return what became of each item: `done`, or the code of its refusal."""
    return [item.code or item.state for item in JobItem.objects.filter(job=job.id).order_by("position")]


@pytest.fixture
def there(me):
    return me.folder("there")


@pytest.fixture
def three(me):
    return [me.file(name, data=b"12345") for name in ("a", "b", "c")]


def test_many_are_copied_and_each_item_names_its_copy(me, alice, there, three):
    job = done(ordered(me, "copy", *three, folder=there.id))

    assert (job.state, job.done, job.total, job.unit) == ("done", 3, 3, "assets")
    assert job.result == {"waiting": 0, "done": 3, "skipped": 0, "failed": 0}
    assert me.names(there) == ["a", "b", "c"]
    made = [tree.get(by=me.caller, asset_id=UUID(item.made)).name for item in job.items.all()]
    assert made == ["a", "b", "c"]
    assert me.space() == (30, 0) == (charged(alice.id), 0)


def test_many_are_moved_trashed_restored_and_purged(me, there, three):
    assert outcome(done(ordered(me, "move", *three, folder=there.id))) == ["done"] * 3
    assert me.names(there) == ["a", "b", "c"]
    assert outcome(done(ordered(me, "trash", *three))) == ["done"] * 3
    assert me.names(there) == []
    assert outcome(done(ordered(me, "restore", *three))) == ["done"] * 3
    assert me.names(there) == ["a", "b", "c"]
    assert outcome(done(ordered(me, "purge", *three))) == ["done"] * 3
    assert Asset.objects.filter(purging_at__isnull=False).count() == 3


def test_many_are_shared_and_unshared(me, colleague, bob, three):
    said = {"users": ["bob@example.com"], "role": "editor"}

    assert outcome(done(ordered(me, "share", *three, **said))) == ["done"] * 3
    assert [tree.get(by=colleague.caller, asset_id=file.id).role for file in three] == ["editor"] * 3
    assert not Mail.objects.exists()
    assert outcome(done(ordered(me, "unshare", *three, **said))) == ["done"] * 3
    with pytest.raises(NotFound):
        tree.get(by=colleague.caller, asset_id=three[0].id)


def test_those_who_are_new_to_what_is_shared_get_a_mail_when_asked_for(me, bob, three):
    done(ordered(me, "share", *three, users=["bob"], role="viewer", notify=True))

    assert Mail.objects.filter(to="bob@example.com", kind="shared_with_you").count() == 3


def test_each_item_has_its_own_result(me, colleague, there):
    me.file("taken", there)
    theirs, seen = colleague.file("theirs"), colleague.file("seen")
    people.add_people(by=colleague.caller, asset_id=seen.id, role="viewer", names=["alice"])
    taken, fine = me.file("taken"), me.file("fine")
    gone = type(fine)(**fine._asdict() | {"id": uuid4()})

    job = done(ordered(me, "move", theirs, seen, taken, gone, fine, there, folder=there.id))

    assert outcome(job) == ["not_found", "access_denied", "name_taken", "not_found", "done", "bad_input"]
    assert (job.state, counts(job)) == ("done", (1, 5))
    assert me.names(there) == ["fine", "taken"]


def test_names_that_are_taken_are_numbered_when_asked_for(me, there, three):
    job = ordered(me, "copy", *three, folder=there.id, on_conflict=OnConflict.RENAME)
    me.file("b", there)

    done(job)

    assert me.names(there) == ["a", "b", "b (1)", "c"]


@pytest.mark.parametrize(
    ("action", "said", "field"),
    [
        ("copy", {}, "folder"),
        ("move", {}, "folder"),
        ("trash", {"folder": uuid4()}, "folder"),
        ("purge", {"on_conflict": OnConflict.FAIL}, "on_conflict"),
        ("share", {"users": ["bob"]}, "role"),
        ("share", {"role": "viewer"}, "users"),
        ("share", {"role": "owner", "users": ["bob"]}, "role"),
        ("share", {"role": "viewer", "users": ["nobody"]}, "users"),
        ("share", {"role": "viewer", "teams": [uuid4()]}, "teams"),
        ("unshare", {"role": "viewer", "users": ["bob"], "notify": True}, "notify"),
    ],
)
def test_an_order_that_says_too_little_or_too_much_is_refused_at_once(me, bob, three, action, said, field):
    with pytest.raises(BadInput) as refused:
        ordered(me, action, *three, **said)

    assert refused.value.field == field
    assert not Job.objects.exists()


def test_a_move_replaces_nothing(me, there, three):
    with pytest.raises(BadInput, match="replaces nothing"):
        ordered(me, "move", *three, folder=there.id, on_conflict=OnConflict.REPLACE)


def test_none_too_many_and_twice_the_same_are_refused(me, three, bob):
    def begin(ids, action="trash", **said):
        with pytest.raises(BadInput) as refused:
            bulk.begin(by=me.caller, action=action, asset_ids=ids, **said)
        return refused.value.field

    assert begin([]) == "assets"
    assert begin([uuid4() for _ in range(1001)]) == "assets"
    assert begin([three[0].id, three[0].id]) == "assets"
    assert begin([uuid4() for _ in range(21)], "share", role="viewer", users=["bob"], notify=True) == "assets"


def test_where_nothing_may_be_put_no_job_is_begun(me, colleague, three):
    theirs, seen = colleague.folder("theirs"), colleague.folder("seen")
    people.add_people(by=colleague.caller, asset_id=seen.id, role="viewer", names=["alice"])

    for folder, refusal in ((theirs, NotFound), (seen, AccessDenied), (three[0], BadInput)):
        with pytest.raises(refusal):
            ordered(me, "copy", *three, folder=folder.id)
    assert not Job.objects.exists()


def test_the_anonymous_begin_nothing(nobody, three):
    with pytest.raises(NotAuthenticated):
        ordered(nobody, "trash", *three)


def test_whoever_comes_through_a_link_begins_no_job(me, three):
    visitor = Hand(replace(me.caller, link_id=uuid4()))

    with pytest.raises(AccessDenied):
        ordered(visitor, "trash", *three)
    assert not Job.objects.exists()


def test_nobody_has_more_than_so_many_jobs_waiting(me, three):
    begun = [ordered(me, "restore", *three) for _ in range(bulk.MOST_JOBS)]

    with pytest.raises(TooManyRequests):
        ordered(me, "restore", *three)
    jobs.cancel(me.caller.must_be_signed_in(), begun[0].id)
    ordered(me, "restore", *three)


def test_nobody_has_more_than_so_many_archives_waiting(me, there, three):
    for _ in range(bulk.MOST_ARCHIVES):
        ordered(me, "zip", *three, folder=there.id)

    with pytest.raises(TooManyRequests):
        ordered(me, "zip", *three, folder=there.id)
    ordered(me, "copy", *three, folder=there.id)


# Whose rights count, and when


def test_the_job_acts_with_what_its_owner_may_when_it_is_done(me, colleague, there, three, bob):
    shared = me.folder("shared")
    people.add_people(by=me.caller, asset_id=shared.id, role="editor", names=["bob"])
    mine = colleague.file("mine")
    job = ordered(colleague, "copy", mine, folder=shared.id)
    people.remove_people(by=me.caller, asset_id=shared.id, role="editor", names=["bob"])

    assert outcome(done(job)) == ["not_found"]
    assert me.names(shared) == []


def test_the_job_acts_with_the_teams_its_owner_is_in_when_it_is_done(me, colleague, alice, bob):
    team, mine = Group.objects.create(name="team:x"), colleague.folder("mine")
    file = me.file("a")
    grant(Asset.objects.get(pk=file.id), "viewer", groups=[team.pk], given_by=alice.id)
    job = ordered(colleague, "copy", file, folder=mine.id)
    bob.groups.add(team)
    assert outcome(done(job)) == ["done"]

    job = ordered(Hand(caller_for(bob)), "copy", file, folder=mine.id)
    bob.groups.clear()
    assert outcome(done(job)) == ["not_found"]


@pytest.mark.parametrize("change", [{"suspended_at": timezone.now()}, {"is_active": False}])
def test_the_job_of_somebody_who_was_suspended_fails(me, alice, three, change):
    job = ordered(me, "trash", *three)
    User.objects.filter(pk=alice.pk).update(**change)

    failed = done(job)

    assert (failed.state, failed.error, outcome(job)) == ("failed", "token_refused", ["waiting"] * 3)
    assert Asset.objects.filter(trashed_at__isnull=False).count() == 0


def test_a_job_begun_with_a_key_stays_within_its_folder(me, alice, there, three):
    inside = me.file("inside", there)
    key = Hand(with_key(alice, "read", "delete", folder=there.id))

    job = done(ordered(key, "trash", three[0], inside))

    assert outcome(job) == ["not_found", "done"]
    with pytest.raises(NotFound):
        ordered(Hand(with_key(alice, "read", "write", folder=there.id)), "copy", inside, folder=me.folder("x").id)


@pytest.mark.parametrize(
    ("action", "scopes"),
    [
        ("copy", ("read",)),
        ("trash", ("read", "write")),
        ("purge", ("read", "delete")),
        ("unshare", ("read", "write", "delete")),
        ("restore", ("delete",)),
    ],
)
def test_a_key_without_the_scopes_begins_nothing(me, alice, bob, there, three, action, scopes):
    said = {"copy": {"folder": there.id}, "unshare": {"role": "viewer", "users": ["bob"]}}.get(action, {})

    with pytest.raises(KeyNotEnough):
        ordered(Hand(with_key(alice, *scopes)), action, *three, **said)


@pytest.mark.parametrize("change", [{"revoked_at": timezone.now()}, {"expires_at": timezone.now() - timedelta(1)}])
def test_the_job_of_a_key_that_counts_no_more_fails(me, alice, three, change):
    job = ordered(Hand(with_key(alice, "read", "delete")), "trash", *three)
    AccessKey.objects.update(**change)

    failed = done(job)

    assert (failed.state, failed.error, outcome(job)) == ("failed", "token_refused", ["waiting"] * 3)


def test_the_job_of_a_key_whose_scopes_were_cut_has_no_more_than_are_left(me, alice, three):
    job = ordered(Hand(with_key(alice, "read", "delete")), "trash", *three)
    AccessKey.objects.update(scopes=["read"])

    assert outcome(done(job)) == ["key_not_enough"] * 3


def test_what_a_job_does_is_told_of_its_owner(me, alice, three):
    done(ordered(me, "trash", three[0]))

    entry = entries_of(alice.id).items[0]
    assert (entry.verb, entry.actor_id) == ("file_trashed", alice.id)


# The end of it


def test_what_was_done_before_a_worker_died_is_not_done_again(me, there, three):
    job = ordered(me, "copy", *three, folder=there.id, on_conflict=OnConflict.RENAME)
    lease = jobs.take(job.id)
    assert lease
    jobs.mark(lease, 0, jobs.DONE)
    jobs.mark(lease, 2, jobs.FAILED, "not_found")
    Job.objects.filter(pk=job.id).update(lease_until=timezone.now() - timedelta(seconds=1))

    again = done(job)

    assert outcome(job) == ["done", "done", "not_found"]
    assert (again.done, again.attempts, me.names(there)) == (3, 2, ["b"])


def test_a_long_job_lets_others_go_first(me, there, three, monkeypatch):
    monkeypatch.setattr(bulk, "TURN", 0.0)
    job = ordered(me, "copy", *three, folder=there.id)

    turns = [done(job) for _ in three]

    assert [(turn.state, turn.done, turn.attempts) for turn in turns] == [
        ("queued", 1, 0),
        ("queued", 2, 0),
        ("done", 3, 1),
    ]
    assert me.names(there) == ["a", "b", "c"]


def test_a_folder_that_is_large_is_copied_by_a_job(me, there, monkeypatch):
    monkeypatch.setattr(bulk, "AT_ONCE", 3)
    small, large = me.folder("small"), me.folder("large")
    for number in range(3):
        me.file(str(number), large)

    assert isinstance(bulk.copy(by=me.caller, asset_id=small.id, folder_id=there.id), AssetView)
    job = bulk.copy(by=me.caller, asset_id=large.id, folder_id=there.id, name="twin")
    assert isinstance(job, jobs.JobInfo)
    finished = done(job)

    assert finished.state == "done"
    assert me.names(tree.get(by=me.caller, asset_id=UUID(finished.items.get().made))) == ["0", "1", "2"]
    assert me.names(there) == ["small", "twin"]


def test_what_will_be_refused_of_a_large_folder_is_refused_at_once(me, there, colleague, monkeypatch):
    monkeypatch.setattr(bulk, "AT_ONCE", 0)
    large = me.folder("large")

    with pytest.raises(Refusal):
        bulk.copy(by=colleague.caller, asset_id=large.id, folder_id=there.id)
    with pytest.raises(BadInput):
        bulk.copy(by=me.caller, asset_id=large.id, folder_id=large.id)
    with pytest.raises(BadInput):
        bulk.copy(by=me.caller, asset_id=large.id, folder_id=there.id, name="a/b")
    assert not Job.objects.exists()


def test_an_item_takes_a_constant_number_of_statements(me, there, three, django_assert_max_num_queries):
    job = ordered(me, "copy", three[0], folder=there.id)
    with django_assert_max_num_queries(45):
        done(job)
