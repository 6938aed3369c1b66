#!/usr/bin/env bash
# .venv holds this package and JupyterLab afterwards.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

ensure_venv .venv "$(newest_python)" -e . jupyterlab
