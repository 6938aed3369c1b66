"""Google Drive: a folder that is there once the page has agreed."""

import os
from pathlib import Path

from google.colab import _message


def mount(mountpoint, force_remount=False, timeout_ms=120_000, readonly=False):
    """Have the drive at a folder."""
    place = Path(mountpoint)
    if place.is_dir() and any(place.iterdir()) and not force_remount:
        print(f"Drive already mounted at {place}.")
        return
    said = _message.blocking_request(
        "request_auth", request={"authType": "dfs_ephemeral"}, timeout_sec=timeout_ms / 1000
    )
    if not said:
        raise ValueError("mount failed: timed out")
    (place / "MyDrive").mkdir(parents=True, exist_ok=True)
    print(f"Mounted at {os.fspath(place)}")
