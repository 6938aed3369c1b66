#!/usr/bin/env bash
# What `make kaggle` needs is there afterwards: .venv-kaggle.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

kaggle_python=$(scripts/find-python.sh 3.12) || {
  echo "No Python 3.12 here, which Kaggle has." >&2
  exit 1
}
ensure_venv .venv-kaggle "$kaggle_python" \
  -r tests/constraints-kaggle.txt -e . hypothesis paramiko pytest pytest-timeout pytest-xdist
