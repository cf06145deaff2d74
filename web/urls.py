"""The pages for people in browsers, with and without the slash at the end."""

from collections.abc import Callable

from django.http.response import HttpResponseBase
from django.urls import URLPattern, re_path

from web import account, entrance, sessions

ID = "[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"


def page(address: str, view: Callable[..., HttpResponseBase], name: str) -> URLPattern:
    return re_path(rf"^{address}/?$", view, name=name)


urlpatterns = [
    page("login", entrance.login, "login"),
    page("logout", entrance.logout, "logout"),
    page("register", entrance.register, "register"),
    page("account", account.account, "account"),
    page("account/profile", account.profile, "profile"),
    page("account/username", account.username, "username"),
    page("account/password", account.password, "password"),
    page("account/sessions", sessions.sessions, "sessions"),
    page(rf"account/sessions/(?P<session_id>{ID})/end", sessions.end, "end-session"),
]
