"""`python -m payments.simulator`, as `manage.py up` and `run simulator` start it."""

from payments.simulator.program import main

main()
