from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = "Accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """See that no account goes which teams need."""
        from accounts import signals
        from accounts.services import teams

        signals.closing.connect(teams.leave_none_ownerless, dispatch_uid="accounts.leave_none_ownerless")
