from django.apps import AppConfig


class ActivityConfig(AppConfig):
    name = "activity"
    verbose_name = "Activity"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Name what is news of this app, and what people are told of it."""
        from activity import kinds, notices, telling, webhooks

        kinds.register(*webhooks.KINDS)
        notices.register(webhooks.NOTICE)
        telling.name_kinds()
