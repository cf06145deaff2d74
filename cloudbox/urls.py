"""Every address of CloudBox. This is the composition root: it may import every app, and nothing imports it."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path, re_path
from django.views.generic import RedirectView

from accounts.api import dialects
from cloudbox import front, health, openapi

handler400 = "cloudbox.problems.bad_request"
handler403 = "cloudbox.problems.permission_denied"
handler404 = "cloudbox.problems.page_not_found"
handler500 = "cloudbox.problems.server_error"

NATIVE = [
    "assets.urls",
    "accounts.urls",
    "activity.urls",
    "jobs.urls",
    "payments.urls",
]  # tried in turn, so the busiest first
EVERY_DOOR = [path("healthz", health.healthz), path("readyz", health.readyz)]
WEB = [
    *[path("api/v1/", include(urls)) for urls in NATIVE],
    path("users/", include(dialects.BELOW_USERS)),
    path("", include("assets.ancestors")),
    path("", front.welcome),
    path("", include("web.urls")),
    re_path(r"^api/docs/?$", front.docs, name="docs"),
    re_path(r"^apidocs/?$", front.apidocs),
    re_path(r"^api/schema/?$", openapi.schema, name="schema"),
    re_path(r"^api/errors/?$", front.errors, name="errors"),
    path("admin", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/", admin.site.urls),
]

urlpatterns = [*(WEB if settings.CLOUDBOX_DOOR == "web" else []), *EVERY_DOOR, re_path(r"", front.unknown)]
