"""The pages of accounts in the administration: a module for each kind of thing."""

from accounts.admin import people

__all__ = ["people"]
