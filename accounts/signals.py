"""The only two signals of the house. Both are sent inside the transaction of what they tell, with `user=`."""

from django.dispatch import Signal

registered = Signal()  # a user exists: prepare what belongs to them
closing = Signal()  # a user is about to go: give everything back
