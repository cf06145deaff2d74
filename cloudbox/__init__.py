"""CloudBox: a cloud storage server that people run for themselves."""

__version__ = "0.2.0"
