#!/usr/bin/env bash
# .venv-dist holds the tools that build and check a release, in the versions that were tried.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

ensure_venv .venv-dist "$(newest_python)" -r scripts/requirements-dist.txt
