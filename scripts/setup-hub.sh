#!/usr/bin/env bash
# .venv-hub is there afterwards: JupyterHub and its proxy, for slow tests. Looks first, as
# setup-tests.sh does.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

ensure_venv .venv-hub "$(newest_python)" 'jupyterhub==6.1.1' jupyter_server jupyter_server_terminals ipykernel \
  jupyterlab
if ! is_current .venv-hub/node_modules scripts/setup-hub.sh; then
  npm install --prefix .venv-hub --no-audit --no-fund --loglevel=error --ignore-scripts \
    configurable-http-proxy@5.3.0
  echo '*' >.venv-hub/.gitignore
  mark_current .venv-hub/node_modules scripts/setup-hub.sh
fi
