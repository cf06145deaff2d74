"""The pages of accounts in the administration: a module for each kind of thing."""

from accounts.admin import identities, keys, people, teams

__all__ = ["identities", "keys", "people", "teams"]
