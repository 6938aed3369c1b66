#!/usr/bin/env bash
# The committed front end is what js/ builds to. Leaves the new build in place where it differs.
set -euo pipefail
cd "$(dirname "$0")/.."

before=$(mktemp -d)
trap 'rm -rf "$before"' EXIT
cp -R colabwidget/static/. "$before"
(cd js && npm run --silent build)
if ! diff -rq "$before" colabwidget/static; then
  echo "colabwidget/static was not up to date with js/. It is now: commit it." >&2
  exit 1
fi
