"""The pages for people in browsers, with and without the slash at the end."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
