"""Paystack, as far as we use it, on this machine: nothing real is at stake."""
