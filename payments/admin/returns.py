"""Money on its way back. It is sent on its way from the page of its order; here stands what became of it."""

from django.contrib import admin
from unfold.contrib.filters.admin import RangeDateTimeFilter
from unfold.decorators import display

from payments.admin.shown import DISPUTE_LABELS, REFUND_LABELS, OfMoney, money
from payments.models import Dispute, Refund
from payments.words import DisputeState, RefundState


@admin.register(Refund)
class RefundAdmin(OfMoney[Refund]):
    nothing = "Nothing has gone back."
    list_display = ("created_at", "order_link", "user_link", "amount", "state_shown", "takes_room", "requested_by",
                    "processed_at", "mode_shown")  # fmt: skip
    list_filter = ("state", "order__mode", "order__currency", ("created_at", RangeDateTimeFilter))
    list_select_related = ("order__user", "requested_by")
    id_fields = ("pk", "order", "order__user")
    search_fields = ("order__reference__exact", "order__user__username", "order__email__iexact", "provider_id__exact")
    search_help_text = "The whole of a reference, of an e-mail address or of Paystack's id, or a part of a username"
    ordering = ("-created_at",)
    fieldsets = (
        (None, {"fields": ("order_link", "user_link", "amount", "state_shown", "takes_room", "mode_shown", "id")}),
        ("Why", {"fields": ("reason", "requested_by")}),
        ("At Paystack", {"fields": ("provider_id", "created_at", "next_check_at", "processed_at", "error")}),
    )

    @display(description="Amount")
    def amount(self, refund: Refund) -> str:
        return money(refund.amount_minor, refund.order.currency)

    @display(description="State", label=REFUND_LABELS)
    def state_shown(self, refund: Refund) -> str:
        return str(RefundState(refund.state).label)


@admin.register(Dispute)
class DisputeAdmin(OfMoney[Dispute]):
    """What payers say was not theirs, or not right. It is answered at Paystack's dashboard."""

    nothing = "Nobody disputes a charge."
    list_display = ("opened_at", "order_link", "user_link", "amount", "state_shown", "due_at", "reason", "mode_shown")
    list_filter = ("state", "order__mode", ("opened_at", RangeDateTimeFilter), ("due_at", RangeDateTimeFilter))
    list_select_related = ("order__user",)
    id_fields = ("pk", "order", "order__user")
    search_fields = ("order__reference__exact", "order__user__username", "order__email__iexact", "provider_id__exact")
    search_help_text = "The whole of a reference, of an e-mail address or of Paystack's id, or a part of a username"
    ordering = ("-opened_at",)
    fieldsets = (
        (None, {"fields": ("order_link", "user_link", "amount", "state_shown", "reason", "mode_shown", "id")}),
        ("At Paystack", {"fields": ("provider_id", "due_at", "opened_at", "resolved_at")}),
    )

    @display(description="Amount")
    def amount(self, dispute: Dispute) -> str:
        return money(dispute.amount_minor, dispute.order.currency)

    @display(description="State", label=DISPUTE_LABELS)
    def state_shown(self, dispute: Dispute) -> str:
        return str(DisputeState(dispute.state).label)
