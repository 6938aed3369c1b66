"""What is said of failures of the desktop."""

from __future__ import annotations

from colabwidget.core.errors.text import ErrorText

DESKTOP = {
    "no_root_no_desktop": ErrorText(
        "The desktop's programs are not installed.",
        "Installing {packages} needs root, and this notebook runs without.",
        "Ask the administrator for them, use an image that has them, or switch Desktop off.",
        field="desktop",
    ),
    "desktop_no_name": ErrorText(
        "A desktop needs an account with a name.",
        "The notebook runs with the user id {number}, which has no entry in /etc/passwd, and this "
        "machine allows no user namespace that would have one.",
        "Use the terminal in the notebook, which needs no name; or have an entry made for that id "
        "when the container starts.",
        field="desktop",
    ),
    "download_failed": ErrorText(
        "{name} could not be downloaded.",
        "{reason}",
        "Try again, or leave the VNC server on automatic: TigerVNC then takes its place.",
        field="vnc",
        usual="Its makers' server did not answer, or what came is not what they have released.",
    ),
    "vnc_broken": ErrorText(
        "{name} is installed, but it does not start.",
        "{reason}",
        "Choose Automatic or another VNC server, or install {name} again.",
        field="vnc",
        usual="A library that it needs is missing, or older than the one it was made for.",
    ),
    "vnc_failed": ErrorText(
        "The VNC server did not start.",
        "{reason}",
        "SSH, if it is open, goes on. The log has what the server said; try the desktop again.",
        usual="It ended at its start, which its last words explain, or no display is free.",
    ),
    "desktop_failed": ErrorText(
        "The desktop did not start.",
        "{reason}",
        "SSH, if it is open, goes on. The log has what the desktop said; try it again.",
        usual="Its session ended at its start, which its last words explain.",
    ),
    "sound_missing": ErrorText(
        "The programs for sound are not installed.",
        "Sound needs {packages}: up to {size} MB on this machine's disk.",
        "Press Install beside it; they stay for the next desktops.",
    ),
    "no_root_no_sound": ErrorText(
        "The programs for sound are not installed.",
        "Installing {packages} needs root, and this notebook runs without.",
        "Ask the administrator for them, or use an image that has them.",
    ),
    "sound_failed": ErrorText(
        "The desktop's sound did not start.",
        "{reason}",
        "The desktop goes on. The log has what the programs said; press Sound again.",
        usual="PulseAudio, parec or ffmpeg ended, which its last words explain.",
    ),
    "sound_too_many": ErrorText(
        "Too many pages hear the desktop.",
        "Each has a recording of its own, and there are four at most.",
        "Switch Sound off on another page.",
    ),
    "desktop_gone": ErrorText(
        "The desktop has ended.",
        "It ended {times} times within {seconds} s: {reason}.",
        "SSH, if it is open, goes on. The log has what was said; try the desktop again.",
    ),
}
