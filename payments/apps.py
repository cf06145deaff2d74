from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "payments"
    verbose_name = "Payments"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Name what is news, and, where anything is sold, what people are told."""
        from payments import billing, news, notices

        news.name_kinds()
        if billing.payments_on():
            notices.name_notices()
