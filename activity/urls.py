from django.urls import re_path

from activity import api

urlpatterns = [
    re_path(r"^activity/?$", api.Activity.as_view()),
]
