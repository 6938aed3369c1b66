"""Attaching the user's computer: a key of its own that the machine takes, and a name for ssh."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict, replace
from typing import Any

from colabwidget.attach.block import block
from colabwidget.attach.string import KNOWN_PROGRAMS, AttachString, Place
from colabwidget.through import frames, pairing, ssh_files
from colabwidget.through.faults import Fault, Torn
from colabwidget.through.frames import FrameReader
from colabwidget.through.profiles import NAME, Profiles, write_private

_WITHIN = 90.0  # seconds; a machine on the way may ask for a sign-in
_ONCE = ".once"
_WINDOWS = sys.platform == "win32"


def attach(
    profiles: Profiles,
    code: AttachString,
    name: str = "",
    *,
    allow_program: bool = False,
    tmux: bool = False,
    commit: str = "",
) -> str:
    """Attach this computer, and return the name by which ssh knows the machine.

    Parameters
    ----------
    profiles
        What this computer keeps.
    code
        The string that the card shows.
    name
        For ssh; it replaces what had the name. Empty for the one that this machine has already,
        else for one that is free.
    allow_program
        Whether ssh may run a program that the string names and that is none of ours.
    tmux
        Whether a shell there stays, and the next one comes back to it.
    commit
        Of the VS Code here, whose server the machine then fetches; empty for none.

    Raises
    ------
    Fault
        With what is wrong; what was there before stays.
    """
    place = code.place
    if place.proxy not in KNOWN_PROGRAMS and not allow_program:
        raise Fault(
            "Each ssh would run this on your computer: "
            f"{place.proxy}  Attach with --allow-program if that is what you want."
        )
    if not ssh_files.has_ssh():
        raise Fault("OpenSSH is missing on this computer: ssh was not found.")
    name = name or free_name(profiles, place)
    profiles.make_folder()
    draft = f"{name}-new"
    try:
        public_key = ssh_files.make_key(profiles, draft)
        write_private(profiles.path(draft, _ONCE), code.key.encode())
        once = block(place, draft, profiles.folder, key=f"{draft}{_ONCE}", windows=_WINDOWS)
        ssh_files.install(profiles, draft, once, [place.host_key])
        _hand_in(draft, code, pairing.request(code.secret, public_key, commit))
        for suffix in (".key", ".key.pub"):
            profiles.path(draft, suffix).replace(profiles.path(name, suffix))
        _write(profiles, name, place, tmux=tmux)
    finally:
        ssh_files.remove(profiles, draft)
    return name


def move(profiles: Profiles, name: str, host: str, port: int) -> None:
    """Have a name lead to another address of the same machine.

    Raises
    ------
    Fault
        Where there is no such name, or the address is none.
    """
    place = load(profiles, name)
    moved = replace(place, host=host, port=port, proxy="", jump="")
    moved.check()
    _write(profiles, name, moved, tmux=_kept(profiles, name).get("tmux") is True)


def load(profiles: Profiles, name: str) -> Place:
    """Return where a name leads.

    Raises
    ------
    Fault
        Where it is attached to nothing.
    """
    try:
        return Place(**_kept(profiles, name)["attached"])
    except (OSError, ValueError, TypeError, KeyError):
        raise Fault(f"This computer is attached to nothing under the name {name}.") from None


def undo(profiles: Profiles, name: str) -> None:
    """Remove all that attaching has written for a name.

    Raises
    ------
    Fault
        Where it is attached to nothing.
    """
    load(profiles, name)
    ssh_files.remove(profiles, name)


def free_name(profiles: Profiles, place: Place) -> str:
    """Return the name that a machine has, by its host key, else one that is free."""
    names = profiles.names()
    for each in names:
        try:
            if load(profiles, each).host_key == place.host_key:
                return each
        except Fault:
            continue
    numbered = (NAME if number == 1 else f"{NAME}-{number}" for number in range(1, 1000))
    return next(name for name in numbered if name not in names)


def _kept(profiles: Profiles, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(profiles.path(name, ".json").read_text())
    return found


def _write(profiles: Profiles, name: str, place: Place, *, tmux: bool) -> None:
    text = block(place, name, profiles.folder, windows=_WINDOWS, tmux=tmux)
    kept = json.dumps({"attached": asdict(place), "tmux": tmux}, indent=1) + "\n"
    write_private(profiles.path(name, ".json"), kept.encode())
    ssh_files.install(profiles, name, text, [place.host_key])


def _hand_in(draft: str, code: AttachString, payload: bytes) -> None:
    """Have the machine take a public key, by a connection that opens nothing else."""
    request = frames.encode(frames.PAIR, 0, payload)
    command = ["ssh", "-W", f"127.0.0.1:{code.port}", draft]
    try:
        done = subprocess.run(
            command, input=request, capture_output=True, timeout=_WITHIN, check=False
        )
    except subprocess.TimeoutExpired:
        raise Fault(f"{code.place.host} did not answer within {_WITHIN:.0f} s.") from None
    try:
        if [each.kind for each in FrameReader().feed(done.stdout)] == [frames.PAIRED]:
            return
    except Torn:
        pass
    said = done.stderr.decode(errors="replace").strip().splitlines()
    told = "".join(each if each.isprintable() else "?" for each in said[-1][:200]) if said else ""
    if done.returncode == 255 and "Permission denied" not in told and "refused" not in told:
        raise Fault(f"{code.place.host} cannot be reached: {told or 'ssh says nothing'}")
    raise Fault(
        "The machine does not take the attach string: each is good once and for ten minutes. "
        f"Copy the one that the card shows now. {told}".rstrip()
    )
