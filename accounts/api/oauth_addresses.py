"""The addresses of signing in with other providers, below /api/v1/."""

from django.urls import re_path

from accounts.api import oauth, oauth_dialect

PROVIDER = "(?P<provider>[a-z][a-z0-9-]{0,29})"

urlpatterns = [
    re_path(r"^auth/oauth/?$", oauth.Providers.as_view()),
    re_path(rf"^auth/oauth/{PROVIDER}/?$", oauth.Exchange.as_view()),
    re_path(rf"^auth/oauth/{PROVIDER}/start/?$", oauth.Start.as_view()),
    re_path(r"^account/identities/?$", oauth.Identities.as_view()),
    re_path(r"^account/identities/(?P<identity_id>[0-9]{1,18})/?$", oauth.Identity.as_view()),
    re_path(r"^user/oauth/?$", oauth_dialect.view),
]
