#!/usr/bin/env bash
# What `make slow` needs beside the rest is there afterwards: Go with its SSH library, and npm's ssh2
# in tests/clients/npm. Looks first, as setup-tests.sh does.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

ensure_packages \
  "go:golang-go" \
  "/usr/share/gocode/src/golang.org/x/crypto/ssh:golang-golang-x-crypto-dev"

place=tests/clients/npm
if ! is_current $place/node_modules $place/package.json $place/package-lock.json; then
  # Without its native parts, which are faster and do the same.
  (cd $place && npm ci --omit=optional --ignore-scripts --no-audit --no-fund --loglevel=error)
  mark_current $place/node_modules $place/package.json $place/package-lock.json
fi
