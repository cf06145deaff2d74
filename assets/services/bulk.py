"""One thing done with each of many assets, by a job: each is a transaction of its own, with a result of its own.
To pack them into one archive is a job of this kind, too, but see `packing`.

The job acts as whoever began it, with what they may do when their turn comes, and within the access key that they
began it with. An item's work, its result and the lease are one transaction: the job of a killed worker is taken up
where it was, and nothing is done twice.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any
from uuid import UUID

from django.db import transaction

from accounts.callers import Caller
from accounts.services import find_people, teams
from accounts.standing import as_now
from assets import names
from assets.access import asset_for, of_kind
from assets.placing import OnConflict
from assets.services import copying, people, trash, tree
from assets.shapes import AssetView
from assets.words import GIVES, SCOPES, Ability, Action, Kind
from cloudbox.errors import AccessDenied, BadInput, Refusal, TooManyRequests
from jobs import services as jobs
from jobs.keeping import keeping
from jobs.services import JobInfo, Lease, TurnOver

KIND = "assets.bulk"  # the task
MOST_ASSETS = 1000  # in one call
MOST_NOTIFYING = 20  # assets about which the people get a mail each
MOST_JOBS = 20  # that somebody waits for
MOST_ARCHIVES = 3  # among them: each keeps a worker from everything else until it is made
TURN = 30.0  # seconds after which the job lets others go first
AT_ONCE = 1000  # assets in a folder that is copied while its client waits

_NEEDS = {
    Action.COPY: Ability.READ,
    Action.MOVE: Ability.CHANGE,
    Action.TRASH: Ability.DELETE,
    Action.RESTORE: Ability.DELETE,
    Action.PURGE: Ability.OWN,
    Action.SHARE: Ability.SHARE,
    Action.UNSHARE: Ability.SHARE,
    Action.ZIP: Ability.ADD,
}
# What an order says beside its assets: first what it must, then what it may.
_PLACES = ({"folder"}, {"on_conflict"})
_SAYS: dict[Action, tuple[set[str], set[str]]] = {
    Action.COPY: _PLACES,
    Action.MOVE: _PLACES,
    Action.SHARE: ({"role"}, {"users", "teams", "notify"}),
    Action.UNSHARE: ({"role"}, {"users", "teams"}),
    Action.ZIP: ({"folder"}, {"name", "on_conflict"}),
}
_ROLES = ("viewer", "editor")


@dataclass(frozen=True, kw_only=True)
class Order:
    """What is to be done with each of the assets. What an action does not need is as it is here."""

    action: Action
    folder: UUID | None = None
    name: str | None = None  # of the archive, or of the one copy
    on_conflict: OnConflict = OnConflict.FAIL
    users: Sequence[str] = ()  # names or addresses
    teams: Sequence[UUID] = ()
    role: str = ""
    notify: bool = False

    def as_json(self) -> dict[str, Any]:
        return {
            "action": self.action,
            "folder": self.folder and str(self.folder),
            "name": self.name,
            "on_conflict": self.on_conflict,
            "users": list(self.users),
            "teams": [str(team) for team in self.teams],
            "role": self.role,
            "notify": self.notify,
        }

    @classmethod
    def of_json(cls, order: dict[str, Any]) -> "Order":
        return cls(
            **order
            | {
                "action": Action(order["action"]),
                "folder": order["folder"] and UUID(order["folder"]),
                "on_conflict": OnConflict(order["on_conflict"]),
                "teams": [UUID(team) for team in order["teams"]],
            }
        )


def begin(*, by: Caller, asset_ids: Sequence[UUID], action: str, **said: Any) -> JobInfo:
    """Begin a job that does `action` with each of the assets; `said` are the fields of an Order that it needs.

    What will be refused of all of them is refused now: a folder where the caller may not add, people whom nobody
    knows, an access key without the scopes. Raises BadInput and TooManyRequests, too.
    """
    chosen = Action(action)
    _check_said(chosen, said)
    _check_assets(asset_ids, most=MOST_NOTIFYING if said.get("notify") else MOST_ASSETS)
    with transaction.atomic():
        by.must_be_signed_in()
        if by.limits:
            by.limits.must_have(*SCOPES[_NEEDS[chosen]])
            for need in GIVES.get(said.get("role", ""), ()) if chosen is Action.SHARE else ():
                by.limits.must_have(*SCOPES[need])
        if folder_id := said.get("folder"):
            of_kind(asset_for(by, folder_id, Ability.ADD), Kind.FOLDER, field="folder")
        if said.get("name") is not None:
            said["name"] = names.clean(said["name"])
        if "role" in said:
            said["users"] = _known(by, chosen, said.get("users", ()), said.get("teams", ()))
        return _create(by, Order(action=chosen, **said), asset_ids)


def copy(
    *, by: Caller, asset_id: UUID, folder_id: UUID, name: str | None = None, on_conflict: OnConflict = OnConflict.FAIL
) -> AssetView | JobInfo:
    """Copy an asset as `copying.copy` does; of a folder with more than AT_ONCE assets, by a job."""
    entry, _ = copying.check(by=by, asset_id=asset_id, folder_id=folder_id, name=name, on_conflict=on_conflict)
    if not copying.is_larger(by=by, entry=entry, than=AT_ONCE):
        return copying.copy(by=by, asset_id=asset_id, folder_id=folder_id, name=name, on_conflict=on_conflict)
    name = None if name is None else names.clean(name)
    order = Order(action=Action.COPY, folder=folder_id, name=name, on_conflict=on_conflict)
    with transaction.atomic():
        return _create(by, order, [asset_id])


def carry_out(lease: Lease, order: Order, *, key: str | None) -> dict[str, int]:
    """Do what is left to be done; return how many items are in each state.

    Raises a Refusal when whoever began the job may do nothing any more, and TurnOver.
    """
    end = monotonic() + TURN
    items = jobs.waiting(lease)
    done = sum(jobs.tally(lease).values()) - len(items)
    with keeping(lease):
        for item in items:
            done += 1
            by = as_now(lease.owner_id, key_id=key, agent=f"job {lease.job_id}")
            try:
                with transaction.atomic():
                    made = _ACTS[order.action](by, order, UUID(item.subject))
                    jobs.mark(lease, item.position, jobs.DONE, made=str(made or ""))
                    jobs.renew(lease, done=done)
            except Refusal as refusal:
                with transaction.atomic():
                    jobs.mark(lease, item.position, jobs.FAILED, refusal.code)
                    jobs.renew(lease, done=done)
            if monotonic() > end and item is not items[-1]:
                raise TurnOver
    return jobs.tally(lease)


def _create(by: Caller, order: Order, asset_ids: Sequence[UUID]) -> JobInfo:
    if by.link_id:
        raise AccessDenied("This takes a job, and a job an account.")
    owner_id = by.must_be_signed_in()
    _check_waiting(owner_id, MOST_JOBS)
    if order.action is Action.ZIP:
        _check_waiting(owner_id, MOST_ARCHIVES, order={"action": order.action})
    return jobs.create(
        KIND,
        {jobs.ORDER: order.as_json(), jobs.KEY: by.limits.key_id if by.limits else None},
        owner_id=owner_id,
        total=None if order.action is Action.ZIP else len(asset_ids),
        unit="bytes" if order.action is Action.ZIP else "assets",
        subjects=[str(asset_id) for asset_id in asset_ids],
    )


def _check_waiting(owner_id: UUID, most: int, **arguments: Any) -> None:
    if jobs.count_unfinished(owner_id, KIND, **arguments) >= most:
        raise TooManyRequests("Wait for some of your jobs, or cancel them.", limit=most, retry_after=10)


def _check_said(action: Action, said: dict[str, Any]) -> None:
    must, may = _SAYS.get(action, (set(), set()))
    for field in sorted(said.keys() - must - may):
        raise BadInput(field, f"The action {action} takes no {field}.")
    for field in sorted(must - said.keys()):
        raise BadInput(field, f"The action {action} needs a {field}.")
    if action is Action.MOVE and said.get("on_conflict") == OnConflict.REPLACE:
        raise BadInput("on_conflict", "A move replaces nothing; use rename or fail.")
    if "role" in said and said["role"] not in _ROLES:
        raise BadInput("role", f"One of {', '.join(_ROLES)}.")


def _check_assets(asset_ids: Sequence[UUID], *, most: int) -> None:
    if not 1 <= len(asset_ids) <= most:
        raise BadInput("assets", f"1 to {most} ids.")
    if len(set(asset_ids)) < len(asset_ids):
        raise BadInput("assets", "Each id once.")


def _known(by: Caller, action: Action, users: Sequence[str], team_ids: Sequence[UUID]) -> list[str]:
    """Return the usernames of the people that an order names; refuse the others now, for no item could tell."""
    people.check_number(users, team_ids)
    shares = action is Action.SHARE
    if shares:
        teams.to_share_with(by=by, team_ids=team_ids)
    found = find_people(users, to_entrust=shares)
    if found.unknown:
        raise BadInput("users", f"Nobody is called {found.unknown[0]}, or they have not confirmed that address.")
    return [person.username for person in found.found]


def _copy(by: Caller, order: Order, asset_id: UUID) -> UUID:
    return copying.copy(
        by=by, asset_id=asset_id, folder_id=folder_of(order), name=order.name, on_conflict=order.on_conflict
    ).id


def _move(by: Caller, order: Order, asset_id: UUID) -> None:
    tree.move(by=by, asset_id=asset_id, folder_id=folder_of(order), on_conflict=order.on_conflict)


def _trash(by: Caller, order: Order, asset_id: UUID) -> None:  # noqa: ARG001  all acts are called alike
    trash.trash(by=by, asset_id=asset_id)


def _restore(by: Caller, order: Order, asset_id: UUID) -> None:  # noqa: ARG001  the same
    trash.restore(by=by, asset_id=asset_id)


def _purge(by: Caller, order: Order, asset_id: UUID) -> None:  # noqa: ARG001  the same
    trash.purge(by=by, asset_id=asset_id)


def _share(by: Caller, order: Order, asset_id: UUID) -> None:
    people.add_people(
        by=by, asset_id=asset_id, role=order.role, names=order.users, team_ids=order.teams, notify=order.notify
    )


def _unshare(by: Caller, order: Order, asset_id: UUID) -> None:
    people.remove_people(by=by, asset_id=asset_id, role=order.role, names=order.users, team_ids=order.teams)


def folder_of(order: Order) -> UUID:
    """Return where an order leads that leads somewhere."""
    if order.folder is None:
        raise ValueError(f"no folder to {order.action} to")
    return order.folder


_ACTS: dict[Action, Callable[[Caller, Order, UUID], UUID | None]] = {
    Action.COPY: _copy,
    Action.MOVE: _move,
    Action.TRASH: _trash,
    Action.RESTORE: _restore,
    Action.PURGE: _purge,
    Action.SHARE: _share,
    Action.UNSHARE: _unshare,
}
