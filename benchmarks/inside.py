"""A program of its own, for Django reads its environment only once: prints one Outcome a line, as JSON.

Its argument is the module that measures: `rows`, `million` or `settling`.
"""

import dataclasses
import importlib
import json
import os
import sys

import django

if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "cloudbox.settings"
    django.setup()
    rows = importlib.import_module(f"benchmarks.{sys.argv[1]}")  # has models, which must wait for the line above
    for outcome in rows.outcomes():
        print(json.dumps(dataclasses.asdict(outcome)), flush=True)
