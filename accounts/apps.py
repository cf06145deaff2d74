from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = "Accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """See that no account goes which teams need, and name what is news and what people are told."""
        from accounts import news, notices, signals, standing
        from accounts.keys import sealed_too
        from accounts.services import teams
        from activity import listening, webhooks
        from jobs import services as jobs

        news.name_kinds()
        notices.name_notices()
        sealed_too(webhooks.reseal)
        listening.counts_while(standing.still_counts)
        jobs.when_ended(news.tell_of_job)
        signals.closing.connect(teams.leave_none_ownerless, dispatch_uid="accounts.leave_none_ownerless")
