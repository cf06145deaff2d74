from django.apps import AppConfig


class ActivityConfig(AppConfig):
    name = "activity"
    verbose_name = "Activity"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Name what is news of this app."""
        from activity import kinds, telling, webhooks

        kinds.register(*webhooks.KINDS)
        telling.name_kinds()
