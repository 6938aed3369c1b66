"""Prints the SHA-256 of every released file that is fetched beside the pinned one.

``python scripts/releases.py`` downloads the files from GitHub and compares three sums of each: what
came, what GitHub says of the file, and what is pinned. Its exit status is 1 where any two differ.
To move to another version, change it where the release is named, run this, and pin what it prints.
"""

from __future__ import annotations

import hashlib
import json
import sys
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from colabwidget.desktops import opengl, servers
from colabwidget.runtime.releases.fetch import GITHUB
from colabwidget.tunnels.cloudflare import spec as cloudflare

_CLOUDFLARED = f"{GITHUB}/cloudflare/cloudflared/releases/download/{cloudflare.VERSION}"
#: The pinned sums by the addresses of the files; empty where none is pinned.
PINS = {
    **{each.url: each.sha256 for each in servers.find("turbovnc").releases},
    **{each.url: each.sha256 for each in opengl.RELEASES},
    **{
        f"{_CLOUDFLARED}/cloudflared-linux-{architecture}": sha256
        for architecture, sha256 in cloudflare.SUMS.items()
    },
}


def came(address: str) -> str:
    """Return the sum of what the server sends."""
    digest = hashlib.sha256()
    with urllib.request.urlopen(address) as answer:  # noqa: S310  an address of ours
        while data := answer.read(1 << 20):
            digest.update(data)
    return digest.hexdigest()


def published(address: str) -> str:
    """Return the sum that GitHub's API tells of a file; empty where it tells none."""
    _, _, path = address.partition(f"{GITHUB}/")
    owner, project, _, _, version, name = path.split("/")
    api = f"https://api.github.com/repos/{owner}/{project}/releases/tags/{version}"
    with urllib.request.urlopen(api) as answer:
        assets = json.load(answer)["assets"]
    digests = {asset["name"]: asset.get("digest") or "" for asset in assets}
    return str(digests[name]).removeprefix("sha256:")


def main() -> int:
    """Print the sums, and tell whether all of them agree."""
    agree = True
    for address, pinned in PINS.items():
        sums = {"came": came(address), "published": published(address), "pinned": pinned}
        agree = agree and len(set(filter(None, sums.values()))) == 1
        print(address)
        for name, sha256 in sums.items():
            print(f"  {name:<10}{sha256 or 'none'}")
    return 0 if agree else 1


if __name__ == "__main__":
    sys.exit(main())
