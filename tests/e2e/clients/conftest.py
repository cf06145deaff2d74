"""Every client speaks to the web under granian and under gunicorn."""

from tests.doors import door, gunicorn_url

__all__ = ["door", "gunicorn_url"]
