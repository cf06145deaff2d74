#!/bin/sh
[ "${1:-}" != start ] || shift; exec python3 "$(dirname "$0")/manage.py" up "$@"
