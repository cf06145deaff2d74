"""What Django's debug page leaves out. `DEBUG` is for development, but stores and servers there may be real ones."""

import re
from collections.abc import ItemsView
from types import FrameType
from typing import Any

from django.http import HttpRequest
from django.views.debug import SafeExceptionReporterFilter

LOGIN = re.compile(r"(?<=://)[^/@\s'\"]*@")  # of a URL


class Reticent(SafeExceptionReporterFilter):
    """Hides the login in every URL, in settings and in variables, and variables that are called like secrets."""

    def cleanse_setting(self, key: Any, value: Any) -> Any:
        cleansed: Any = super().cleanse_setting(key, value)  # comes back here for what a list or a dictionary has
        return LOGIN.sub(f"{self.cleansed_substitute}@", cleansed) if isinstance(cleansed, str) else cleansed

    def get_traceback_frame_variables(self, request: HttpRequest | None, tb_frame: FrameType) -> ItemsView[str, Any]:
        found = super().get_traceback_frame_variables(request, tb_frame)
        return {name: self.cleanse_setting(name, value) for name, value in found}.items()
