"""A world to look at: people, and what they have stored and shared, made through the API as programs would.

It is the same for pages that a browser shows, for what they cost the database, and for the screenshots.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import requests

from tests.sample import made
from tests.visitors import PASSWORD, Visitor, asked

STORE = "/api/v1/store"
PICTURES = 52
PLACES = ("Fjord", "Hill", "Lake", "Meadow", "Dune", "Forest", "Bay")
FILES: dict[str, Callable[[], bytes]] = {
    "Costs.csv": made.SHEET.encode,
    "Harbour.webm": made.film,
    "Lake house.zip": made.archive,
    "Moving.md": made.NOTES.encode,
    "Rental agreement.pdf": made.document,
    "Sunrise.jpg": lambda: made.landscape(3),
    "Voice memo.wav": made.sound,
    "total.py": made.SCRIPT.encode,
}


@dataclass
class World:
    """`maria` owns nearly everything, `jonas` works with her, `nils` is new; `ids` has those of things."""

    maria: Visitor
    jonas: Visitor
    nils: Visitor
    ids: dict[str, str] = field(default_factory=dict)


def populate(visitor: Callable[[], Visitor]) -> World:
    """Make the world at the server that `visitor` makes visitors of."""
    world = World(_registered(visitor(), "maria"), _registered(visitor(), "jonas"), _registered(visitor(), "nils"))
    _store(world)
    _share(world)
    _organise(world)
    _buy(world)
    return world


def _registered(visitor: Visitor, name: str) -> Visitor:
    visitor.name, visitor.email = name, f"{name}@example.com"
    account = {"username": name, "email": visitor.email, "password": PASSWORD}
    visitor.id = asked(visitor.post("/api/v1/auth/register", json=account), 201)["id"]
    visitor.log_in()
    visitor.root = asked(visitor.get(f"{STORE}/folders"))["id"]
    return visitor


def _store(world: World) -> None:
    maria, ids = world.maria, world.ids
    for name in ("Documents", "Photos", "Projects"):
        ids[name.lower()] = maria.make_folder(name)
    ids["house"] = maria.make_folder("Lake house", below=ids["projects"])
    ids["plans"] = maria.make_folder("Plans", below=ids["house"])
    ids["empty"] = maria.make_folder("Ideas", below=ids["projects"])
    for name, content in FILES.items():
        ids[name] = maria.store(name, content())["id"]
    for text in (b"# Notes\n", made.NOTES.encode()):
        ids["notes"] = maria.store("Notes.md", text, below=ids["documents"])["id"]
    for number in range(PICTURES):
        name = f"{PLACES[number % len(PLACES)]} {number + 1:02}.jpg"
        picture = made.landscape(number, (480, 320))
        ids[f"picture {number}"] = maria.store(name, picture, below=ids["photos"])["id"]
    ids["shared notes"] = world.jonas.store("Boat trip.md", made.NOTES.encode())["id"]
    ids["boats"] = world.jonas.make_folder("Boats")
    world.jonas.store("Blue boat.jpg", made.landscape(77), below=ids["boats"])
    for name in ("Old list.txt", "Draft.txt"):
        gone = maria.store(name, b"nobody needs it")["id"]
        assert maria.delete(f"{STORE}/files/{gone}/").status_code == 204
        ids["trashed"] = gone


def _share(world: World) -> None:
    maria, jonas, ids = world.maria, world.jonas, world.ids
    _post(maria, f"assets/{ids['house']}/editors/", {"users": ["jonas"]})
    _post(maria, f"assets/{ids['photos']}/viewers/", {"users": ["jonas", "nils"]})
    _post(jonas, f"assets/{ids['boats']}/editors/", {"users": ["maria"]})
    _post(jonas, f"assets/{ids['shared notes']}/viewers/", {"users": ["maria"]})
    ids["offer"] = _post(jonas, f"assets/{ids['boats']}/transfer/", {"to": "maria"})["id"]
    links: dict[str, tuple[str, dict[str, Any]]] = {
        "link to a folder": ("photos", {"role": "viewer", "label": "For the family"}),
        "link to a file": ("Sunrise.jpg", {"role": "viewer"}),
        "link with a password": ("house", {"role": "viewer", "password": PASSWORD}),
        "link to add": ("plans", {"role": "add", "label": "Send me your plans"}),
        "link to edit": ("house", {"role": "editor", "expires_at": "2040-01-31T00:00:00Z", "download_limit": 100}),
    }
    for name, (target, options) in links.items():
        link = _post(maria, f"assets/{ids[target]}/links/", options)
        ids[name], ids[f"{name} token"] = link["id"], link["url"].rstrip("/").rpartition("/")[2]


def _organise(world: World) -> None:
    maria, ids = world.maria, world.ids
    for name in ("house", "Sunrise.jpg", "notes"):
        assert maria.put(f"{STORE}/assets/{ids[name]}/favourite/").ok
    asked(maria.put(f"{STORE}/assets/{ids['Sunrise.jpg']}/tags/", json={"tags": ["holiday", "2026"]}))
    asked(maria.put(f"{STORE}/assets/{ids['Sunrise.jpg']}/metadata/", json={"camera": "M6", "film": "HP5"}))
    ids["team"] = asked(maria.post("/api/v1/teams", json={"name": "Lake house"}), 201)["id"]
    team = f"/api/v1/teams/{ids['team']}/invitations"
    for name in ("nils", "jonas"):
        ids["invitation"] = asked(maria.post(team, json={"username": name}), 201)["id"]
    link = asked(maria.post(f"{team}/{ids['invitation']}/link"), 200, 201)["url"]
    ids["invitation secret"] = link.rpartition("/")[2]
    keys = "/api/v1/account/keys/"
    ids["key"] = asked(maria.post(keys, json={"name": "Backup at home", "scopes": ["read", "write"]}), 201)["id"]
    hook = {"url": "https://builds.example.com/hook", "label": "Build server", "kinds": ["file_renamed"]}
    ids["webhook"] = asked(maria.post("/api/v1/webhooks/", json=hook), 201)["id"]
    answer = maria.post(f"{STORE}/bulk", json={"action": "copy", "assets": [ids["notes"]], "folder": ids["empty"]})
    assert answer.status_code in {200, 201, 202}, answer.text
    ids["job"] = answer.json()["id"]


def _buy(world: World) -> None:
    """Let maria have paid for one pack, on the page of the simulator, and not yet for another."""
    maria, ids = world.maria, world.ids
    for name, plan, button in (("order", "standard", "pay"), ("open order", "premium", "cancel")):
        order = asked(maria.post("/api/v1/payments/checkout", json={"plan": plan, "currency": "NGN"}), 201)
        requests.post(order["authorization_url"], data={"do": button}, allow_redirects=False, timeout=10)
        checked = asked(maria.post(f"/api/v1/payments/orders/{order['id']}/check"))
        ids[name], ids[f"{name} reference"] = checked["id"], checked["reference"]
        ids[f"{name} receipt"] = str(*checked["receipts"])


def _post(visitor: Visitor, path: str, body: dict[str, Any]) -> dict[str, Any]:
    return asked(visitor.post(f"{STORE}/{path}", json=body), 200, 201)
