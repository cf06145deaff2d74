"""What ends everything that is signed in also ends what was on its way at that moment."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts import services, tasks
from accounts.bearers import proven
from accounts.callers import Caller
from accounts.identity import identify
from accounts.models import AccessKey, Session, StaffRole, User
from accounts.refusals import LinkRefused, SignInAgain, TokenRefused
from accounts.services import keys, recovery, two_factor
from accounts.services import staff as staff_services
from accounts.services.signing_in import begin_for
from accounts.sessions import SessionBearer
from accounts.tokens import read_access
from tests.accounts.authenticator import Authenticator
from tests.accounts.mailbox import mails_to, secret_to
from tests.people import PASSWORD, caller_for, register, signed_in

pytestmark = pytest.mark.django_db

VISITOR = Caller.anonymous(address="198.51.100.7", agent="curl/8")
NEW = "four tame otters"


def in_person(user: User) -> Caller:
    """Return the user as the server has let them in with a session of theirs."""
    return proven(SessionBearer(VISITOR, read_access(signed_in(user.username).access)))


def recover(user: User) -> None:
    tasks.send_reset(user.email or "", "198.51.100.7", "curl/8")
    recovery.reset_password(by=VISITOR, secret=secret_to(user.email or ""), password=NEW)


def test_whoever_showed_the_old_password_before_a_recovery_is_not_let_in_after_it(alice):
    known = identify(name="alice", password=PASSWORD, address="198.51.100.9")
    recover(alice)

    with pytest.raises(SignInAgain):
        begin_for(known, VISITOR)
    assert not Session.objects.filter(user=alice, revoked_at=None).exists()


def test_whoever_showed_the_password_before_a_suspension_is_not_let_in_after_it(alice):
    known = identify(name="alice", password=PASSWORD, address="198.51.100.9")
    root = register("root")
    User.objects.filter(id=root.id).update(is_staff=True, staff_role=StaffRole.SUPPORT)
    root.refresh_from_db()
    services.suspend(by=caller_for(root), user_id=alice.id)
    services.resume(by=caller_for(root), user_id=alice.id)

    with pytest.raises(SignInAgain):
        begin_for(known, VISITOR)


def test_no_access_key_is_made_with_a_session_that_a_recovery_has_ended(alice):
    thief = in_person(alice)
    recover(alice)

    with pytest.raises(TokenRefused):
        keys.make(by=thief, name="stays", scopes=["read"])
    assert not AccessKey.objects.filter(user=alice).exists()


def test_no_address_is_asked_for_with_a_session_that_a_recovery_has_ended(alice):
    thief = in_person(alice)
    recover(alice)

    with pytest.raises(TokenRefused):
        services.change_profile(by=thief, changes={"email": "thief@example.net"}, current_password=NEW)
    assert mails_to("thief@example.net") == []


def test_no_second_factor_is_set_up_with_a_session_that_a_recovery_has_ended(alice):
    thief = in_person(alice)
    phone = Authenticator(two_factor.begin_setup(by=thief, current_password=PASSWORD).secret)
    recover(alice)

    with pytest.raises(TokenRefused):
        two_factor.confirm(by=thief, code=phone.code())
    assert not two_factor.state(by=caller_for(alice)).enabled


def test_a_link_that_support_made_does_not_open_the_account_of_somebody_appointed_since(alice):
    root, helper = register("root"), register("helper")
    User.objects.filter(id=root.id).update(is_staff=True, staff_role=StaffRole.SUPERUSER, is_superuser=True)
    User.objects.filter(id=helper.id).update(is_staff=True, staff_role=StaffRole.SUPPORT)
    root.refresh_from_db()
    helper.refresh_from_db()
    link = recovery.make_link(by=caller_for(helper), user_id=alice.id)
    staff_services.appoint(by=caller_for(root), user_id=alice.id, role="superuser")

    with pytest.raises(LinkRefused):
        recovery.reset_password(by=VISITOR, secret=link.rpartition("/")[2], password=NEW)


def test_an_old_session_sets_up_no_second_factor_where_no_password_can_be_asked_for(alice):
    thief = in_person(alice)
    Session.objects.filter(user=alice).update(created_at=timezone.now() - timedelta(hours=1))
    User.objects.filter(id=alice.id).update(password="!")

    with pytest.raises(SignInAgain):
        two_factor.begin_setup(by=thief)
