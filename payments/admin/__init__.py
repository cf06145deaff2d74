"""The pages of payments in the administration: a module for each kind of thing."""

from payments.admin import books, checking, orders, plans, returns

__all__ = ["books", "checking", "orders", "plans", "returns"]
