from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "payments"
    verbose_name = "Payments"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Name what is news, what goes with mails, and, where anything is sold, what people are told."""
        from activity import attachments
        from payments import billing, news, notices
        from payments.services import receipts

        news.name_kinds()
        attachments.register(receipts.ATTACHED, receipts.attached)
        if billing.payments_on():
            notices.name_notices()
