#!/usr/bin/env bash
# Prints the path of a Python that really runs: `find-python.sh 3.13` of just that version,
# `find-python.sh` the newest that is 3.10 or later. Exits 1 where there is none.
set -euo pipefail

wanted=${1:-}
versions=${wanted:-3.13 3.12 3.11 3.10}

# The interpreter's own path: what stands on PATH may be a version manager's shim for a Python that
# is not there, or belong to a virtual environment that is about to be replaced.
real_path() {
  "$1" -c "
import os, sys
version = '%d.%d' % sys.version_info[:2]
if '$2' not in ('', version) or sys.version_info < (3, 10):
    sys.exit(1)
print(os.path.realpath(sys.executable))
" 2>/dev/null
}

for version in $versions; do
  for candidate in "python$version" "$HOME/.pyenv/versions/$version".*/bin/python \
    "/opt/python/$version"*/bin/python3; do
    if command -v "$candidate" >/dev/null && real_path "$candidate" "$version"; then
      exit 0
    fi
  done
done
if [ -z "$wanted" ] && command -v python3 >/dev/null && real_path python3 ""; then
  exit 0
fi
exit 1
