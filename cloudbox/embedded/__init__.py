"""PostgreSQL, Valkey and the process runner for one machine: what `manage.py up` is made of."""


class CannotStart(Exception):
    """Something stands in the way; the message is a sentence that says what, and what helps."""
