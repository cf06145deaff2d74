"""Paystack, as far as we use it, on this machine: nothing real is at stake."""

from payments.simulator.faults import Faults, Trouble
from payments.simulator.server import Simulator

__all__ = ["Faults", "Simulator", "Trouble"]
