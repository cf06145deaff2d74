"""Every address of CloudBox. This is the composition root: it may import every app, and nothing imports it."""

from django.contrib import admin
from django.urls import path

urlpatterns = [
    path("admin/", admin.site.urls),
]
