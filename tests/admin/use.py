"""A server that people use, and their browsers."""

from datetime import timedelta
from itertools import count

from django.test import Client
from django.utils import timezone

from accounts import services as accounts
from accounts.services import invitations, keys, teams
from activity import deliveries, outbox, webhooks
from activity.models import Mail
from assets.models import Blob, Condemned, Damage, Move, Preview, Report, Upload
from assets.services import content, links, tree
from assets.services.content import Body
from jobs import services as jobs
from tests.admin.payments.rows import one_of_each
from tests.people import PASSWORD, caller_for

numbers = count()
CONTENT = b"what only alice is to read"


def browser_of(user):
    browser = Client()
    browser.force_login(user)
    return browser


def use(owner, staff, times):
    """Let `owner` do `times` of each thing that leaves rows behind."""
    me = caller_for(owner)
    for _ in range(times):
        number = next(numbers)
        accounts.sign_in(by=me, name=owner.username, password=PASSWORD)
        owner.social_auth.create(provider="github", uid=str(number), extra_data={"login": f"cat-{number}"})
        keys.make(by=me, name=f"Program {number}", scopes=["read"])
        folder = tree.make_folder(by=me, parent_id=None, name=f"Folder {number}")
        content.store_file(by=me, folder_id=folder.id, name="a.txt", body=Body([CONTENT]))
        wish: links.Wish = {"label": f"Link {number}", "password": PASSWORD}
        link = links.make(by=me, asset_id=folder.id, role="viewer", wish=wish)
        Report.objects.create(link_id=link.id, link_label=folder.name, reason="malware")
        Upload.objects.create(
            owner=owner, folder_id=folder.id, name="b.txt", size=9, lease_until=timezone.now() + timedelta(minutes=2)
        )
        Move.objects.create(blob=Blob.objects.latest("id"), store="local", error="No route to host")
        Damage.objects.create(blob=Blob.objects.latest("id"), kind="missing")
        Preview.objects.create(blob=Blob.objects.latest("id"), content_type="image/png", state="none", reason="failed")
        Condemned.objects.create(store="local", key=f"key {number}", delete_at=timezone.now())
        accounts.give_allowance(by=caller_for(staff), user_id=owner.id, size=1024, reason="kindness")
        jobs.create("assets.purge", {"folder": str(folder.id)}, owner_id=owner.id, total=3, unit="files")
        team = teams.create(by=me, name=f"Team {number}")
        invitations.invite(by=me, team_id=team.id, email=f"somebody{number}@example.com")
        Mail.objects.filter(kind="team_invitation").delete()
        hook = webhooks.make(by=me, url="https://hooks.example.org/not-for-others", label=f"Hook {number}")
        deliveries.test(by=me, webhook_id=hook.info.id)
        one_of_each(owner)
        outbox.mail(to="alice@example.com", kind="welcome", context={"username": "alice"})
        Mail.objects.update(state="failed", error="SMTPServerDisconnected")
