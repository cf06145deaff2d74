"""The sentences of all that is recorded, by what was done; `file_` and `folder_` are left out of it.

`deed:value` is for a fact with that value, `deed:you` for a reader whom it is about. Of several the first is taken
whose places are known.
"""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

_FILES: dict[str, Sequence[Any]] = {
    "made": [_("“%(what)s” was created in “%(folder)s”."), _("“%(what)s” was created.")],
    "uploaded": [_("“%(what)s” was uploaded to “%(folder)s”."), _("“%(what)s” was uploaded.")],
    "replaced": [_("“%(what)s” has new content.")],
    "renamed": [_("“%(old_name)s” was renamed to “%(name)s”."), _("“%(what)s” was renamed.")],
    "moved": [_("“%(what)s” was moved to “%(folder)s”."), _("“%(what)s” was moved.")],
    "copied": [_("“%(what)s” was copied to “%(folder)s”."), _("“%(what)s” was created as a copy.")],
    "copied_away": [_("A copy of “%(what)s” was made elsewhere.")],
    "trashed": [_("“%(what)s” was put into the trash.")],
    "restored": [_("“%(what)s” was taken out of the trash.")],
    "purged": [_("“%(what)s” was deleted for good.")],
    "downloaded": [_("“%(what)s” was downloaded.")],
    "tagged": [_("The tags of “%(what)s” are now: %(tags)s."), _("The tags of “%(what)s” were taken away.")],
    "described": [_("The metadata of “%(what)s” was changed: %(keys)s."), _("The metadata of “%(what)s” was changed.")],
    "version_restored": [
        _("Version %(version)s of “%(what)s” was restored."),
        _("An older version of “%(what)s” was restored."),
    ],
    "version_deleted": [
        _("Version %(version)s of “%(what)s” was deleted."),
        _("An older version of “%(what)s” was deleted."),
    ],
    "retention_set": [_("It was set how long “%(what)s” keeps old versions.")],
}

_SHARING: dict[str, Sequence[Any]] = {
    "shared:viewer": [_("“%(what)s” was shared with %(whom)s, who may view it.")],
    "shared:viewer:you": [_("“%(what)s” was shared with you. You may view it.")],
    "shared:editor": [_("“%(what)s” was shared with %(whom)s, who may change it.")],
    "shared:editor:you": [_("“%(what)s” was shared with you. You may change it.")],
    "shared": [_("“%(what)s” was shared with %(whom)s."), _("“%(what)s” was shared.")],
    "shared:you": [_("“%(what)s” was shared with you.")],
    "unshared": [
        _("“%(what)s” is no longer shared with %(whom)s."),
        _("“%(what)s” is no longer shared with somebody."),
    ],
    "unshared:you": [_("“%(what)s” is no longer shared with you.")],
    "any_one_access_set:restricted": [_("“%(what)s” was closed to all but those it is shared with.")],
    "any_one_access_set:viewer": [_("“%(what)s” was opened: anyone may view it.")],
    "any_one_access_set:editor": [_("“%(what)s” was opened: anyone who is signed in may change it.")],
    "any_one_access_set": [_("It was set whether anyone may use “%(what)s”.")],
    "inheritance_set:true": [_("“%(what)s” was opened to those with whom the folder above is shared.")],
    "inheritance_set:false": [_("“%(what)s” was closed to those with whom the folder above is shared.")],
    "inheritance_set": [_("It was set whether “%(what)s” is shared with those of the folder above.")],
    "link_made": [_("The link “%(label)s” to “%(what)s” was created."), _("A link to “%(what)s” was created.")],
    "link_changed": [_("The link “%(label)s” to “%(what)s” was changed."), _("A link to “%(what)s” was changed.")],
    "link_opened": [
        _("The link “%(label)s” to “%(what)s” was opened for the first time."),
        _("The link to “%(what)s” was opened for the first time."),
    ],
    "link_used_up": [
        _("The link “%(label)s” to “%(what)s” has given its last download."),
        _("The link to “%(what)s” has given its last download."),
    ],
    "link_revoked": [_("The link “%(label)s” to “%(what)s” was revoked."), _("A link to “%(what)s” was revoked.")],
    "link_taken_down": [
        _("The staff took a link to “%(what)s” down: %(reason)s"),
        _("The staff took a link to “%(what)s” down."),
    ],
    "link_reported": [_("A link to “%(what)s” was reported.")],
    "report_decided:upheld": [_("A report of “%(what)s” was upheld.")],
    "report_decided:dismissed": [_("A report of “%(what)s” was dismissed.")],
    "report_decided": [_("A report of “%(what)s” was decided.")],
    "offered": [_("“%(what)s” was offered to %(whom)s, to own it."), _("“%(what)s” was offered to another owner.")],
    "offered:you": [_("“%(what)s” was offered to you, to own it.")],
    "handed_over": [_("“%(what)s” was taken over from %(whom)s."), _("“%(what)s” has another owner.")],
    "handed_over:you": [_("“%(what)s”, which you had offered, has another owner now.")],
    "offer_declined": [_("The offer of “%(what)s” was declined.")],
    "offer_withdrawn": [_("The offer of “%(what)s” was withdrawn.")],
}

_TEAMS: dict[str, Sequence[Any]] = {
    "team_created": [_("The team “%(what)s” was created.")],
    "team_renamed": [_("The team “%(what)s” is called “%(name)s” now."), _("The team “%(what)s” was renamed.")],
    "team_deleted": [_("The team “%(what)s” was deleted.")],
    "team_joined": [_("%(whom)s joined the team “%(what)s”."), _("Somebody joined the team “%(what)s”.")],
    "team_joined:you": [_("You joined the team “%(what)s”.")],
    "team_left": [_("%(whom)s left the team “%(what)s”."), _("Somebody left the team “%(what)s”.")],
    "team_left:you": [_("You left the team “%(what)s”.")],
    "team_member_removed": [
        _("%(whom)s was taken out of the team “%(what)s”."),
        _("Somebody was taken out of the team “%(what)s”."),
    ],
    "team_member_removed:you": [_("You were taken out of the team “%(what)s”.")],
    "team_role_set": [
        _("%(whom)s has another role in the team “%(what)s”."),
        _("Somebody has another role in the team “%(what)s”."),
    ],
    "team_role_set:you": [_("You have another role in the team “%(what)s”.")],
    "team_handed_over": [
        _("The team “%(what)s” belongs to %(whom)s now."),
        _("The team “%(what)s” has another owner."),
    ],
    "team_handed_over:you": [_("The team “%(what)s” belongs to you now.")],
    "team_invitation_sent:you": [_("You are invited to the team “%(what)s”.")],
    "team_invitation_sent": [
        _("%(whom)s was invited to the team “%(what)s”."),
        _("An invitation to the team “%(what)s” was sent."),
    ],
    "team_invitation_link_made": [_("A link that invites to the team “%(what)s” was created.")],
    "team_invitation_declined": [_("An invitation to the team “%(what)s” was declined.")],
    "team_invitation_withdrawn": [_("An invitation to the team “%(what)s” was withdrawn.")],
}

_ACCOUNT: dict[str, Sequence[Any]] = {
    "registered": [_("The account “%(what)s” was created.")],
    "signed_in:true": [_("Somebody signed in with a browser or program that was not used of late.")],
    "signed_in": [_("Signed in.")],
    "signed_out": [_("Signed out.")],
    "sign_in_failed:password": [_("Signing in failed: the password was wrong.")],
    "sign_in_failed:code": [_("Signing in failed: the code was wrong.")],
    "sign_in_failed:suspended": [_("Signing in failed: the account is suspended.")],
    "sign_in_failed": [_("Signing in failed.")],
    "session_ended": [_("A session was ended by the staff.")],
    "other_sessions_ended": [
        ngettext_lazy("%(sessions)s other session was ended.", "%(sessions)s other sessions were ended.", "sessions"),
        _("All other sessions were ended."),
    ],
    "refresh_token_reused": [_("A copied token was used. Its session was ended.")],
    "recovery_code_used": [
        ngettext_lazy(
            "A recovery code was used; %(left)s is left.", "A recovery code was used; %(left)s are left.", "left"
        ),
        _("A recovery code was used."),
    ],
    "recovery_codes_renewed": [_("New recovery codes were created.")],
    "recovery_link_made": [_("The staff made a link to choose a new password.")],
    "profile_changed": [_("The profile was changed.")],
    "password_changed": [_("The password was changed.")],
    "password_reset_requested": [_("A link to choose a new password was asked for.")],
    "password_reset": [_("A new password was chosen through a link.")],
    "email_changed": [_("The mail address was changed.")],
    "email_verified": [_("The mail address was confirmed.")],
    "two_factor_turned_on": [_("Two-factor was turned on.")],
    "two_factor_turned_off": [_("Two-factor was turned off.")],
    "two_factor_reset": [_("Two-factor was turned off by the staff.")],
    "identity_linked": [_("Signing in with %(what)s was turned on.")],
    "identity_unlinked": [_("Signing in with %(what)s was turned off.")],
    "key_made": [_("The access key “%(what)s” was created.")],
    "key_revoked": [_("The access key “%(what)s” was revoked.")],
    "webhook_made": [_("The webhook “%(what)s” was created.")],
    "webhook_changed": [_("The webhook “%(what)s” was changed.")],
    "webhook_deleted": [_("The webhook “%(what)s” was deleted.")],
    "webhook_secret_rotated": [_("The webhook “%(what)s” has a new secret.")],
    "webhook_turned_off:gone": [_("The webhook “%(what)s” was turned off: its address wants no more calls.")],
    "webhook_turned_off:failing": [_("The webhook “%(what)s” was turned off: nothing has gone for five days.")],
    "webhook_turned_off:staff": [_("The webhook “%(what)s” was turned off by the staff.")],
    "webhook_turned_off": [_("The webhook “%(what)s” was turned off.")],
    "user_suspended": [_("The account was suspended.")],
    "user_resumed": [_("The account is no longer suspended.")],
    "staff_appointed": [_("“%(what)s” was made one of the staff: %(role)s."), _("Somebody was made one of the staff.")],
    "staff_dismissed": [_("“%(what)s” is no longer one of the staff.")],
}

_SPACE: dict[str, Sequence[Any]] = {
    "quota_warning": [_("%(percent)s %% of the space is taken: %(used)s of %(limit)s."), _("The space is filling up.")],
    "quota_set": [_("The basic quota is %(new)s now."), _("The basic quota is as for everybody.")],
    "notifications_changed": [_("There are new notifications, or some were read.")],
    "allowance_given": [_("%(bytes)s more space was given."), _("More space was given.")],
    "allowance_revoked": [_("%(bytes)s of space was taken back."), _("Space was taken back.")],
    "usage_repaired": [_("The count of what is stored was corrected.")],
    "job_ended:done": [_("Long work is done.")],
    "job_ended:failed": [_("Long work has failed.")],
    "job_ended:cancelled": [_("Long work was cancelled.")],
    "job_ended": [_("Long work came to its end.")],
}

_PAYMENTS: dict[str, Sequence[Any]] = {
    "pack_bought": [
        _("“%(what)s” was paid for: %(amount)s. It counts from %(starts_at)s to %(ends_at)s."),
        _("“%(what)s” was paid for."),
    ],
    "pack_ending:0": [_("“%(what)s” has ended. Its room stays for some days.")],
    "pack_ending": [_("“%(what)s” ends on %(ends_at)s."), _("“%(what)s” ends soon.")],
    "pack_ended:true": [_("The room of “%(what)s” is gone: nothing can be added until there is a new pack.")],
    "pack_ended": [_("The room of “%(what)s” is gone.")],
    "payment_refunded": [_("%(amount)s went back for “%(what)s”."), _("Money went back for “%(what)s”.")],
    "refund_requested": [
        _("%(amount)s were asked to go back for “%(what)s”."),
        _("Money was asked to go back for “%(what)s”."),
    ],
    "mismatch_accepted": [_("What was paid for “%(what)s” was accepted as it is.")],
    "money_proven": [_("It was looked whether money and room agree.")],
    "money_exported": [_("Tables of money were exported.")],
    "books_compared": [_("The books of Paystack were compared with ours.")],
    "difference_looked_at": [_("The difference “%(what)s” was looked at again.")],
    "difference_dismissed": [_("The difference “%(what)s” was put aside.")],
    "order_checked": [_("Paystack was asked about the order of “%(what)s”.")],
    "payment_disputed": [_("What was paid for “%(what)s” is disputed.")],
    "payment_mismatch": [_("What was paid for “%(what)s” is not what was asked for.")],
}

_STAFF: dict[str, Sequence[Any]] = {
    "staff_signed_in": [_("Signed in to the administration.")],
    "staff_signed_out": [_("Signed out of the administration.")],
    "storage_checked": [_("What is stored was checked.")],
    "bytes_damaged": [_("Damaged bytes were found.")],
    "bytes_found_right": [_("Bytes that had been damaged are right again.")],
    "move_tried": [_("The move of “%(what)s” was tried again.")],
    "preview_tried": [_("The preview of “%(what)s” was tried again.")],
    "damage_checked": [_("The damage to “%(what)s” was looked at again.")],
    "mail_sent_again": [_("The mail “%(what)s” was sent again.")],
    "job_cancelled": [_("The work “%(what)s” was cancelled.")],
    "plan_made": [_("The plan “%(what)s” was made.")],
    "plan_changed": [_("The plan “%(what)s” was changed.")],
    "plan_offered": [_("The plan “%(what)s” is sold again.")],
    "plan_withdrawn": [_("The plan “%(what)s” is sold no more.")],
    "payment_event_tried_again": [_("A webhook of Paystack was processed again.")],
    "task_run": [_("The task “%(what)s” was run.")],
}

SENTENCES: dict[str, Sequence[Any]] = _FILES | _SHARING | _TEAMS | _ACCOUNT | _SPACE | _PAYMENTS | _STAFF
