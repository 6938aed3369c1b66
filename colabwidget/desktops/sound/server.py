"""The sound server of a desktop: PulseAudio, as the session's account and for it alone."""

from __future__ import annotations

import asyncio
import contextlib
import os
from pathlib import Path

from colabwidget.access.account import Account, as_account
from colabwidget.core.errors import ColabWidgetError
from colabwidget.runtime.apt import program
from colabwidget.runtime.journal import Journal
from colabwidget.runtime.service import Service

SINK = "colabwidget"
RATE, CHANNELS = 48_000, 2
_FOLDER = "pulse"  # in the desktop's directory
_START_TIMEOUT = 10.0  # seconds
_PRIORITY = -10
_STARTED = "Daemon startup complete"
_SUSPEND_AFTER = 2  # seconds without a program that plays or listens
# An output that may take back what it has rendered renders two seconds at a time while it idles,
# and a program that listens then hears nothing for as long. Older PulseAudios know no other.
_OUTPUTS = (" norewinds=1", "")


def put_ahead(pid: int) -> None:
    """Let a program of sound run before others, where this process may decide that.

    They take a twentieth of a core, and what they do late on a busy machine is heard.
    """
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, pid, _PRIORITY)


def address(directory: Path) -> str:
    """Return where programs find the sound server of a desktop, as ``PULSE_SERVER`` has it.

    It is the standard place of the desktop's ``XDG_RUNTIME_DIR``. That it is named as well keeps
    programs, and what their packages start with a session, from starting a server of their own.
    """
    return f"unix:{directory / _FOLDER / 'native'}"


def environment(account: Account, directory: Path) -> dict[str, str]:
    """Return what PulseAudio's own programs go by: no file of theirs lies in the account's home."""
    folder = directory / _FOLDER
    return {
        "HOME": account.home,
        "XDG_RUNTIME_DIR": str(directory),
        "PULSE_SERVER": address(directory),
        "PULSE_RUNTIME_PATH": str(folder),
        "PULSE_STATE_PATH": str(folder),
        "PULSE_COOKIE": str(folder / "cookie"),
    }


class SoundServer(Service):
    """PulseAudio with one output that nothing plays, whose sound can be recorded.

    It needs neither D-Bus nor a sound card, and lets in programs of its account only.

    Parameters
    ----------
    account
        Runs it.
    directory
        The desktop's directory, which is the account's.
    journal
        Gets its errors.
    """

    def __init__(self, account: Account, directory: Path, journal: Journal) -> None:
        super().__init__("the sound server", "sound", "sound_failed", journal)
        self._account = account
        self._directory = directory

    def is_worth_logging(self, line: str) -> bool:
        """Tell whether a line is an error; of a start without D-Bus, PulseAudio warns."""
        return line.startswith("E:")

    async def start(self) -> None:
        """Start it, and wait until programs can play.

        Raises
        ------
        ColabWidgetError
            ``sound_failed``.
        """
        for options in _OUTPUTS:
            if await self._starts(options):
                return
        raise ColabWidgetError("sound_failed", reason=self.last_words("PulseAudio said nothing."))

    async def _starts(self, options: str) -> bool:
        started = asyncio.Event()

        def on_line(line: str) -> None:
            if _STARTED in line:
                started.set()

        child = await self.launch(
            as_account(self._account, self._command(options)),
            environment=environment(self._account, self._directory),
            on_line=on_line,
        )
        put_ahead(child.pid)
        waits = [asyncio.ensure_future(each) for each in (started.wait(), child.wait())]
        try:
            await asyncio.wait(waits, timeout=_START_TIMEOUT, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in waits:
                each.cancel()
        if not started.is_set():
            await self.close()
        return started.is_set()

    async def close(self) -> None:
        """Stop it."""
        await self.stop(1.0)

    def _command(self, options: str) -> list[str]:
        native = address(self._directory).removeprefix("unix:")
        modules = (
            f"module-native-protocol-unix socket={native} auth-cookie-enabled=0",
            f"module-null-sink sink_name={SINK} rate={RATE} channels={CHANNELS}{options}",
            f"module-suspend-on-idle timeout={_SUSPEND_AFTER}",
        )
        return [
            program("pulseaudio") or "pulseaudio",
            *("-n", "--daemonize=no", "--use-pid-file=no", "--exit-idle-time=-1"),
            *("--disallow-exit", "--high-priority=no", "--realtime=no"),
            *("--log-target=stderr", "--log-level=info", "--log-meta=no"),
            *(word for module in modules for word in ("-L", module)),
        ]
