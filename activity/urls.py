from django.urls import re_path

from activity.api import log, notifications

urlpatterns = [
    re_path(r"^activity/?$", log.Activity.as_view()),
    re_path(r"^notifications/?$", notifications.Notifications.as_view()),
    re_path(r"^notifications/unread/?$", notifications.Unread.as_view()),
    re_path(r"^notifications/read/?$", notifications.Read.as_view()),
    re_path(r"^account/notifications/?$", notifications.Preferences.as_view()),
]
