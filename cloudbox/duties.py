"""What each role of the staff is there for: the pages of the administration that it sees, and what it may do there.

A superuser sees and may do everything; what is named nowhere is for superusers only. Support looks after accounts and
sees neither files nor their names, so the audit log and the mails, which have such names in them, are not for it. The
one exception is the name of what somebody has reported: nobody decides about what they cannot name.
"""

SUPPORT, FINANCE, OPERATOR, SUPERUSER = "support", "finance", "operator", "superuser"

SEES: dict[str, set[str]] = {
    "accounts.user": {SUPPORT, FINANCE},
    "accounts.allowance": {FINANCE},
    "accounts.session": {SUPPORT},
    "accounts.accesskey": {SUPPORT},
    "accounts.team": {SUPPORT},
    "accounts.membership": {SUPPORT},
    "accounts.invitation": {SUPPORT},
    "activity.delivery": {SUPPORT, OPERATOR},
    "activity.signin": {SUPPORT},
    "activity.mail": {OPERATOR},
    "activity.seal": {OPERATOR},
    "activity.webhook": {SUPPORT, OPERATOR},
    "assets.blob": {OPERATOR},
    "assets.condemned": {OPERATOR},
    "assets.damage": {OPERATOR},
    "assets.link": {SUPPORT},
    "assets.move": {OPERATOR},
    "assets.preview": {OPERATOR},
    "assets.report": {SUPPORT},
    "assets.upload": {OPERATOR},
    "django_celery_beat.periodictask": {OPERATOR},
    "exports": {FINANCE},
    "jobs.job": {OPERATOR},
    "payments.dispute": {FINANCE},
    "payments.finding": {FINANCE},
    "payments.ledgertransaction": {FINANCE},
    "payments.order": {SUPPORT, FINANCE},
    "payments.payment": {FINANCE},
    "payments.plan": {FINANCE},
    "payments.providerevent": {FINANCE},
    "payments.receipt": {FINANCE},
    "payments.reconciliation": {FINANCE},
    "payments.refund": {FINANCE},
    "revenue": {FINANCE},
    "settings_in_force": {OPERATOR},
    "social_django.usersocialauth": {SUPPORT},
}

DOES: dict[str, set[str]] = {
    "accounts.user.add_user": {SUPPORT},
    "accounts.user.suspend": {SUPPORT},
    "accounts.user.resume": {SUPPORT},
    "accounts.user.reset_two_factor": {SUPPORT},
    "accounts.user.make_recovery_link": {SUPPORT},
    "accounts.user.set_quota": {FINANCE},
    "accounts.user.give_allowance": {FINANCE},
    "accounts.allowance.revoke": {FINANCE},
    "accounts.session.end": {SUPPORT},
    "accounts.accesskey.revoke": {SUPPORT},
    "accounts.team.delete_teams": {SUPPORT},
    "accounts.team.hand_over": {SUPPORT},
    "accounts.invitation.fresh_link": {SUPPORT},
    "accounts.invitation.withdraw": {SUPPORT},
    "activity.mail.send_again": {OPERATOR},
    "activity.webhook.turn_off": {SUPPORT, OPERATOR},
    "assets.damage.check_again": {OPERATOR},
    "assets.link.revoke": {SUPPORT},
    "assets.link.take_down": {SUPPORT},
    "assets.move.try_now": {OPERATOR},
    "assets.preview.try_again": {OPERATOR},
    "assets.report.dismiss": {SUPPORT},
    "assets.report.uphold": {SUPPORT},
    "django_celery_beat.periodictask.run_now": {OPERATOR},
    "jobs.job.cancel": {OPERATOR},
    "payments.finding.dismiss": {FINANCE},
    "payments.finding.settle": {FINANCE},
    "payments.order.accept": {FINANCE},
    "payments.order.verify": {SUPPORT, FINANCE},
    "payments.order.refund": {FINANCE},
    "payments.plan.change_plan": {FINANCE},
    "payments.plan.make_plan": {FINANCE},
    "payments.plan.sell_again": {FINANCE},
    "payments.plan.stop_selling": {FINANCE},
    "payments.providerevent.process_again": {FINANCE},
    "payments.receipt.pdf": {FINANCE},
    "payments.reconciliation.compare": {FINANCE},
    "social_django.usersocialauth.unlink": {SUPPORT},
}


def may_see(role: str, page: str) -> bool:
    """Return whether somebody with this role sees a page: `app.model`, or the name of a page without one."""
    return role == SUPERUSER or role in SEES.get(page, ())


def may_do(role: str, action: str) -> bool:
    """Return whether somebody with this role may do what a page offers: `app.model.action`."""
    return role == SUPERUSER or role in DOES.get(action, ())
