#!/usr/bin/env bash
# .venv-docs holds what makes the site from docs/.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

ensure_venv .venv-docs "$(newest_python)" -r scripts/requirements-docs.txt
