from django.urls import re_path

from activity.api import events, log, notifications, webhooks

ID = "[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
HOOK = rf"^webhooks/(?P<webhook_id>{ID})"

urlpatterns = [
    re_path(r"^activity/?$", log.Activity.as_view()),
    re_path(r"^events/?$", events.Events.as_view()),
    re_path(r"^events/kinds/?$", events.Kinds.as_view()),
    re_path(r"^notifications/?$", notifications.Notifications.as_view()),
    re_path(r"^notifications/unread/?$", notifications.Unread.as_view()),
    re_path(r"^notifications/read/?$", notifications.Read.as_view()),
    re_path(r"^account/notifications/?$", notifications.Preferences.as_view()),
    re_path(r"^webhooks/?$", webhooks.Webhooks.as_view()),
    re_path(rf"{HOOK}/?$", webhooks.Webhook.as_view()),
    re_path(rf"{HOOK}/secret/?$", webhooks.WebhookSecret.as_view()),
    re_path(rf"{HOOK}/rotate-secret/?$", webhooks.RotateWebhookSecret.as_view()),
    re_path(rf"{HOOK}/test/?$", webhooks.TestWebhook.as_view()),
    re_path(rf"{HOOK}/deliveries/?$", webhooks.Deliveries.as_view()),
    re_path(rf"{HOOK}/deliveries/(?P<delivery_id>{ID})/retry/?$", webhooks.RetryDelivery.as_view()),
]
