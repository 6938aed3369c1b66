#!/usr/bin/env bash
# What `make browsers` needs beside the rest is there afterwards: JupyterLab 3.6 and JupyterLab with
# collaboration, Voila and marimo in environments of their own, and what VS Code draws widgets with in tests/clients/vscode. Looks
# first, as setup-tests.sh does.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

if lab3_python=$(scripts/find-python.sh 3.12); then
  ensure_venv .venv-lab3 "$lab3_python" -e . ipykernel 'jupyterlab==3.6.8'
else
  echo "No Python 3.12 here: JupyterLab 3.6 is left out." >&2
fi
ensure_venv .venv-collaboration "$(newest_python)" -e . ipykernel 'jupyterlab==4.6.6' \
  'jupyter-collaboration==5.0.4'
ensure_venv .venv-voila "$(newest_python)" -e . ipykernel 'voila==0.5.13'
ensure_venv .venv-marimo "$(newest_python)" -e . 'marimo==0.25.2'

place=tests/clients/vscode
sources=("$place/package.json" "$place/package-lock.json" "$place/kernel.mjs" scripts/setup-browsers.sh)

# manager VERSION-OF-IPYWIDGETS VERSION SHA256: one of VS Code's widget managers. Its package asks for
# three hundred others, which are built into its one file.
manager() (
  cd $place/node_modules
  name=jupyter-ipywidgets$1
  npm pack --silent "@vscode/$name@$2" >/dev/null
  echo "$3  vscode-$name-$2.tgz" | sha256sum --check --quiet
  tar --extract --to-stdout --file "vscode-$name-$2.tgz" package/dist/ipywidgets.js >"ipywidgets$1.js"
)

if ! is_current $place/node_modules "${sources[@]}"; then
  (cd $place && npm ci --omit=optional --ignore-scripts --no-audit --no-fund --loglevel=error)
  manager 7 2.0.4 46dfe3be2324a7b041e85e36d272592519d7a96673c2f8e2da61021f6c66d731
  manager 8 1.0.9 9c0680c126bae81427625a8dae4c9edfaa408c8c694a20641002b5d7d77d1ca8
  js/node_modules/.bin/esbuild $place/kernel.mjs --bundle --format=esm --log-level=error \
    --outfile=$place/node_modules/kernel.js
  mark_current $place/node_modules "${sources[@]}"
fi
