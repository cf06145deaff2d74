#!/usr/bin/env bash
# Try a CloudBox: wait until it is ready, register somebody, upload 20 MiB, download them whole and in part, and
# compare. The account stays; its bytes are purged.
#
#   deploy/try.sh http://127.0.0.1:8080
set -euo pipefail

url="${1:?Which CloudBox? Say its address, such as http://127.0.0.1:8080}"
api="$url/api/v1"
place="$(mktemp -d)"
trap 'rm -rf "$place"' EXIT

ask() { curl --silent --show-error --fail-with-body "$@"; }
field() { python3 -c 'import json, sys; print(json.load(sys.stdin)[sys.argv[1]])' "$1"; }

curl --silent --fail --retry 90 --retry-delay 2 --retry-all-errors --retry-max-time 180 "$url/readyz" >/dev/null ||
  { echo "$url does not become ready." >&2; exit 1; }

name="try-$(date +%s)-$$"
password="$(head -c 18 /dev/urandom | base64)"
person="{\"username\": \"$name\", \"password\": \"$password\"}"
ask "$api/auth/register" --json "$person" >/dev/null
token="$(ask "$api/auth/login" --json "$person" | field access)"
folder="$(ask "$api/store/folders" --oauth2-bearer "$token" --json '{"name": "Trial"}' | field id)"

head -c 20971520 /dev/urandom >"$place/sent"
file="$(ask "$api/store/folders/$folder/files/trial.bin" --oauth2-bearer "$token" --upload-file "$place/sent" | field id)"
ask "$api/store/files/$file/content" --oauth2-bearer "$token" --output "$place/whole"
cmp "$place/sent" "$place/whole"
ask "$api/store/files/$file/content" --oauth2-bearer "$token" --range 10000000-10999999 --output "$place/part"
cmp <(tail --bytes=+10000001 "$place/sent" | head --bytes=1000000) "$place/part"
ask "$api/store/files/$file?purge=1" --oauth2-bearer "$token" --request DELETE >/dev/null

echo "$url stores and gives back what it got."
