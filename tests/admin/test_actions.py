"""What the staff do here goes through the services and is recorded."""

from urllib.parse import urlsplit

import pytest
from django.db import DatabaseError, connection
from django.test import Client
from django.urls import reverse
from django_celery_beat.models import PeriodicTask

from accounts.models import AccessKey, Allowance, Usage, User
from activity.models import AuditEntry, Mail, Webhook
from assets.models import Damage, Link, Move, Preview
from assets.services import links, tree
from jobs.models import Job
from tests.admin.use import browser_of
from tests.people import PASSWORD, caller_for, key_of

pytestmark = pytest.mark.django_db

SIGN_IN = reverse("admin:login")


def do(browser, model, action, *rows):
    """Push a button of a list, with these rows ticked."""
    address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    ticked = {"action": action, "_selected_action": [str(row.pk) for row in rows]}
    answer = browser.post(address, ticked, follow=True)
    return [str(message) for message in answer.context["messages"]]


def fill_in(browser, name, *args, **fields):
    """Fill in a dialog."""
    return browser.post(reverse(f"admin:accounts_user_{name}", args=args), {"_form_submitted": "True", **fields})


def last_entry():
    entry = AuditEntry.objects.latest("id")
    return entry.verb, entry.actor_label, entry.target_label


def test_the_staff_suspend_somebody_and_let_them_in_again(dora, alice):
    assert do(dora, User, "suspend", alice) == ["1 suspended."]
    assert last_entry() == ("user_suspended", "dora", "alice")
    alice.refresh_from_db()
    assert alice.suspended_at

    assert do(dora, User, "resume", alice) == ["1 may sign in again."]
    assert last_entry() == ("user_resumed", "dora", "alice")


def test_the_staff_revoke_an_access_key(dora, alice):
    made = key_of(alice, "read")
    headers = {"Authorization": f"Bearer {made.token}"}

    assert do(dora, AccessKey, "revoke", AccessKey.objects.get()) == ["1 revoked."]

    assert last_entry() == ("key_revoked", "dora", f"a program ({made.info.key_id})")
    assert Client().get("/api/v1/auth/profile", headers=headers).status_code == 401


def test_the_staff_revoke_a_share_link(dora, alice):
    by = caller_for(alice)
    folder = tree.make_folder(by=by, parent_id=None, name="photos")
    made = links.make(by=by, asset_id=folder.id, role="viewer", wish={"label": "for Ben"})

    assert do(dora, Link, "revoke", Link.objects.get()) == ["1 revoked."]

    assert last_entry() == ("link_revoked", "dora", "photos")
    assert made.url
    assert Client().get(urlsplit(made.url).path).status_code == 404


def test_the_staff_unlink_an_identity_but_not_the_last_way_in(dora, alice, settings):
    settings.CLOUDBOX_PROVIDERS = {"github": None, "google": None}
    first, second = (alice.social_auth.create(provider=name, uid="1") for name in ("github", "google"))

    assert do(dora, type(first), "unlink", first) == ["1 unlinked."]
    assert last_entry() == ("identity_unlinked", "dora", "github")

    User.objects.filter(id=alice.id).update(password="!")
    (said,) = do(dora, type(second), "unlink", second)
    assert "could not sign in" in said
    assert alice.social_auth.get() == second


def test_nobody_suspends_themselves(dora, staff):
    (said,) = do(dora, User, "suspend", staff)

    staff.refresh_from_db()
    assert (said, staff.suspended_at) == ("dora: You cannot suspend yourself.", None)


def test_the_staff_appoint_somebody_and_dismiss_them_again(dora, alice):
    fill_in(dora, "appoint", alice.pk, role="support")
    assert last_entry() == ("staff_appointed", "dora", "alice")
    hers = browser_of(alice)
    assert hers.get(reverse("admin:index")).status_code == 200

    assert do(dora, User, "dismiss", alice) == ["1 not of the staff any more."]
    assert last_entry() == ("staff_dismissed", "dora", "alice")
    assert hers.get(reverse("admin:index")).status_code == 302


def test_who_is_dismissed_keeps_no_right_of_the_first_staff(dora):
    first = User.objects.create(username="admin", is_staff=True, is_superuser=True, staff_role="superuser")

    do(dora, User, "dismiss", first)

    first.refresh_from_db()
    assert (first.is_staff, first.is_superuser) == (False, False)


def test_nobody_dismisses_themselves(dora, staff):
    do(dora, User, "dismiss", staff)

    staff.refresh_from_db()
    assert staff.is_staff


def test_the_staff_set_a_quota(dora, alice):
    answer = fill_in(dora, "set_quota", alice.pk, base_bytes="2 GiB")

    assert answer["HX-Redirect"] == reverse("admin:accounts_user_change", args=[alice.pk])
    assert Usage.objects.get(owner=alice).limit_bytes == 2 * 2**30
    assert last_entry() == ("quota_set", "dora", "alice")


@pytest.mark.parametrize("wrong", ["much", "-1", "5 GiB and more"])
def test_a_quota_that_is_no_size_is_refused_in_the_dialog(dora, alice, wrong):
    before = Usage.objects.get(owner=alice).limit_bytes

    answer = fill_in(dora, "set_quota", alice.pk, base_bytes=wrong)

    assert "a size of at least 0 bytes" in answer.content.decode()
    assert Usage.objects.get(owner=alice).limit_bytes == before


def test_looking_at_a_dialog_changes_nothing(dora, alice):
    before = AuditEntry.objects.count()

    answer = dora.get(reverse("admin:accounts_user_set_quota", args=[alice.pk]))

    assert "Set the quota" in answer.content.decode()
    assert AuditEntry.objects.count() == before


def test_the_staff_give_an_allowance_and_revoke_it(dora, alice):
    limit = Usage.objects.get(owner=alice).limit_bytes
    fill_in(dora, "give_allowance", alice.pk, bytes="1 GiB", reason="kindness")
    assert Usage.objects.get(owner=alice).limit_bytes == limit + 2**30

    assert do(dora, Allowance, "revoke", Allowance.objects.get()) == ["1 revoked."]

    assert Usage.objects.get(owner=alice).limit_bytes == limit
    assert last_entry() == ("allowance_revoked", "dora", "alice")


def test_the_staff_add_a_user_even_when_registration_is_closed(dora, settings):
    settings.CLOUDBOX_REGISTRATION = "closed"

    fill_in(dora, "add_user", username="erin", email="", password=PASSWORD)

    assert User.objects.get(username="erin").check_password(PASSWORD)
    assert last_entry() == ("registered", "dora", "erin")


def test_the_dialog_tells_what_the_service_says(dora, alice):
    answer = fill_in(dora, "add_user", username="alice", email="", password=PASSWORD)

    assert "Somebody has that username already." in answer.content.decode()


def test_the_staff_have_a_failed_mail_sent_again(dora, in_use):
    mail = Mail.objects.get()

    assert do(dora, Mail, "send_again", mail) == ["1 will be sent again."]

    mail.refresh_from_db()
    assert mail.state == "pending"
    assert last_entry()[:2] == ("mail_sent_again", "dora")


def test_the_staff_turn_a_webhook_off_and_its_owner_is_told(dora, in_use):
    assert do(dora, Webhook, "turn_off", Webhook.objects.get()) == ["1 turned off."]

    assert Webhook.objects.get().off_reason == "staff"
    assert last_entry()[:2] == ("webhook_turned_off", "dora")
    assert Mail.objects.filter(kind="webhook_turned_off", to="alice@example.com").exists()


def test_what_cannot_be_recorded_is_not_done(dora, in_use):
    def without_log(execute, sql, params, many, context):
        if "INSERT INTO activity_auditentry" in sql:
            raise DatabaseError
        return execute(sql, params, many, context)

    with connection.execute_wrapper(without_log), pytest.raises(DatabaseError):
        do(dora, Mail, "send_again", Mail.objects.get())

    assert Mail.objects.get().state == "failed"


def test_the_staff_cancel_a_job(dora, in_use):
    job = Job.objects.get()

    assert do(dora, Job, "cancel", job) == ["1 told to stop."]

    job.refresh_from_db()
    assert job.state == "cancelled"
    assert last_entry()[:2] == ("job_cancelled", "dora")


def test_the_staff_have_a_move_tried_now(dora, in_use):
    assert do(dora, Move, "try_now", Move.objects.get()) == ["1 queued."]

    assert last_entry()[:2] == ("move_tried", "dora")


def test_the_staff_have_a_preview_tried_again(dora, in_use):
    assert do(dora, Preview, "try_again", Preview.objects.get()) == ["1 queued."]

    assert Preview.objects.get().state == "waiting"
    assert last_entry()[:2] == ("preview_tried", "dora")


def test_the_staff_have_damaged_bytes_looked_at_again(dora, in_use):
    [said] = do(dora, Damage, "check_again", Damage.objects.get())

    assert said.startswith("1 queued")
    assert last_entry()[:2] == ("damage_checked", "dora")


def test_the_staff_run_a_regular_task_now(dora, in_use):
    assert do(dora, PeriodicTask, "run_now", PeriodicTask.objects.get()) == ["1 queued."]

    assert last_entry()[:2] == ("task_run", "dora")


def test_signing_in_and_out_here_is_recorded(staff):
    browser = Client()
    browser.post(SIGN_IN, {"username": "dora", "password": PASSWORD})
    assert last_entry() == ("staff_signed_in", "dora", "dora")

    browser.post(reverse("admin:logout"))
    assert last_entry() == ("staff_signed_out", "dora", "dora")


def test_who_guesses_too_often_is_told_to_wait(staff, settings):
    browser = Client(REMOTE_ADDR="203.0.113.9")
    for _ in range(7):
        page = browser.post(SIGN_IN, {"username": "dora", "password": "a wild guess"})

    assert "Too many attempts to sign in" in " ".join(page.context["form"].non_field_errors())


def test_signing_in_over_another_session_is_recorded(alice, staff):
    browser = browser_of(alice)

    browser.post(SIGN_IN, {"username": "dora", "password": PASSWORD})

    assert last_entry() == ("staff_signed_in", "dora", "dora")


def test_whoever_signs_in_comes_to_the_first_page(staff):
    browser = Client()

    answer = browser.post(SIGN_IN, {"username": "dora", "password": PASSWORD})

    assert answer["Location"] == reverse("admin:index")


def test_who_is_not_of_the_staff_is_not_let_in(alice):
    browser = Client()
    browser.post(SIGN_IN, {"username": "alice", "password": PASSWORD})

    assert browser.get(reverse("admin:index")).status_code == 302
    assert last_entry()[0] == "registered"


def test_a_new_password_goes_through_the_service(dora, staff):
    dora.post(
        reverse("admin:password_change"),
        {"old_password": PASSWORD, "new_password1": "four wild otters", "new_password2": "four wild otters"},
    )

    staff.refresh_from_db()
    assert staff.check_password("four wild otters")
    assert last_entry() == ("password_changed", "dora", "dora")


def test_a_stolen_session_does_not_allow_unlimited_guesses_at_the_password(dora, staff):
    guess = {"old_password": "a wild guess", "new_password1": "four wild otters", "new_password2": "four wild otters"}
    errors = [dora.post(reverse("admin:password_change"), guess).context["form"].errors for _ in range(6)]

    assert [list(error) for error in errors] == [["old_password"]] * 5 + [["__all__"]]
    guess["old_password"] = PASSWORD
    dora.post(reverse("admin:password_change"), guess)
    staff.refresh_from_db()
    assert staff.check_password(PASSWORD)


def test_no_secret_of_the_settings_is_shown(dora, settings):
    shown = dora.get(reverse("admin:settings_in_force")).content.decode()

    assert "CLOUDBOX_DEFAULT_QUOTA" in shown
    assert settings.SECRET_KEY not in shown
    assert settings.DATABASE_URL not in shown


def test_no_page_of_a_user_shows_what_they_know(dora, alice):
    User.objects.filter(pk=alice.pk).update(security_ans="argon2$secret")

    shown = dora.get(reverse("admin:accounts_user_change", args=[alice.pk])).content.decode()

    alice.refresh_from_db()
    assert alice.password not in shown
    assert "argon2$secret" not in shown
