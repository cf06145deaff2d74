from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "web"
    verbose_name = "Pages"

    def ready(self) -> None:
        """Lend the sentences of the pages to the mails."""
        from activity import telling
        from web import told

        telling.worded_by(told.worded)
