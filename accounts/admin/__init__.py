"""The pages of accounts in the administration: a module for each kind of thing."""

from accounts.admin import keys, people, teams

__all__ = ["keys", "people", "teams"]
