from django.apps import AppConfig


class CloudBoxConfig(AppConfig):
    name = "cloudbox"
    verbose_name = "CloudBox"

    def ready(self) -> None:
        from cloudbox import celery, checks  # noqa: F401 - so that tasks are queued where the settings say
