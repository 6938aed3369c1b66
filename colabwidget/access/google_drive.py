"""Google Drive in the account's home.

Colab mounts the drive for root only. bindfs shows it, or a folder of it, in a folder of the
account's home as the account's own, and does with it as root what the account does there: so the
drive's files stay as the drive wants them.

``COLABWIDGET_DRIVE`` in the environment is where the drive is, if not in ``/content/drive``.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import stat
from pathlib import Path

from colabwidget.access.account import Account
from colabwidget.access.mounts import Folder, Mount, mounted_at, move, unmount
from colabwidget.core import settings
from colabwidget.core.errors import ColabWidgetError, explain
from colabwidget.core.options import Options
from colabwidget.runtime import process, work_environment
from colabwidget.runtime.apt import Need, program
from colabwidget.runtime.as_owner import as_uid
from colabwidget.runtime.journal import Journal
from colabwidget.runtime.service import Service
from colabwidget.runtime.steps import Steps
from colabwidget.runtime.supervisor import Supervisor
from colabwidget.runtime.threads import run_in_thread
from colabwidget.system import accounts
from colabwidget.system.files import write_private
from colabwidget.system.rights import is_root

BINDFS = Need("bindfs", "bindfs")
#: File that tells the backend after a killed one what is mounted.
RECORD = "drive"
_ORIGIN = "drive.mount"  # where it begins, which only root can reach

_FUSE = Path("/dev/fuse")
_OWN = ("MyDrive", "My Drive")  # as Colab shows it today, and as it is called
_PATIENCE = 10.0  # seconds for a drive that does not answer, and for bindfs to begin
_MOUNT = "from google.colab import drive; drive.mount('/content/drive')"


def check_machine() -> None:
    """See whether this machine can show a drive to an account.

    Raises
    ------
    ColabWidgetError
        ``drive_needs_root``, ``drive_no_fuse``.
    """
    if not is_root():
        raise ColabWidgetError("drive_needs_root")
    if not (_FUSE.exists() and stat.S_ISCHR(_FUSE.stat().st_mode)):
        reason = f"This machine has no {_FUSE}, through which bindfs works."
        raise ColabWidgetError("drive_no_fuse", reason=reason)


async def check_drive(options: Options, name: str) -> Path:
    """See whether the drive is mounted and its folder in the home is free; return what to show.

    Parameters
    ----------
    options
        Checked options, with a folder for the drive.
    name
        The account, which may not be there yet.

    Raises
    ------
    ColabWidgetError
        ``drive_not_mounted``, ``drive_no_folder``, ``drive_folder_taken``.
    """
    found: list[Path] = []

    def work() -> None:
        found.append(_source(options.mount_gdrive_from))
        with contextlib.suppress(KeyError):
            Folder(accounts.entry(name), options.mount_gdrive_to).check()

    try:
        await asyncio.wait_for(run_in_thread(work), _PATIENCE)
    except (TimeoutError, asyncio.TimeoutError):
        reason = f"It did not answer within {_PATIENCE:.0f} s."
        raise ColabWidgetError("drive_not_mounted", reason=reason, copy=_MOUNT) from None
    return found[0]


class GoogleDrive(Service):
    """The drive of one session, for as long as that is open.

    Parameters
    ----------
    source
        What is shown; from `check_drive`.
    folder
        Where in the account's home.
    account
        The account that uses it.
    directory
        Private directory for its record.
    journal
        Gets its lines.
    steps
        Shows its step.
    """

    def __init__(
        self,
        source: Path,
        folder: str,
        account: Account,
        directory: Path,
        journal: Journal,
        steps: Steps,
    ) -> None:
        super().__init__("Google Drive", "bindfs", "drive_gone", journal)
        self._source = source
        self._folder = Folder(accounts.entry(account.name), folder)
        self._record = directory / RECORD
        self._origin = directory / _ORIGIN
        self._made = False
        self._mount: Mount | None = None
        self._steps = steps
        self._keeper: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Have the drive in its folder, and keep it there.

        Raises
        ------
        ColabWidgetError
            ``drive_folder_taken``, ``drive_no_fuse``, ``drive_failed``.
        """
        async with self._steps.running("drive", f"{self._source} in {self._folder.path}"):
            self._made = await self._folder.ensure()
            self._write_record()
            await self.start()
        self._journal.add(f"{self._source} is shown in {self._folder.path}.")
        self._keeper = asyncio.create_task(self._keep(), name="drive")

    async def open_again(self) -> None:
        """Have it mounted when the tunnel is opened again; bindfs may have ended meanwhile.

        Raises
        ------
        ColabWidgetError
            ``drive_no_fuse``, ``drive_failed``.
        """
        if self._keeper and not self._keeper.done():
            self._steps.finish("drive", "skipped", "still there")
            return
        async with self._steps.running("drive", f"{self._source} in {self._folder.path}"):
            await self._start_again()
        self._keeper = asyncio.create_task(self._keep(), name="drive")

    async def start(self) -> None:
        """Mount it, and return once it is there.

        Raises
        ------
        ColabWidgetError
            ``drive_no_fuse``, ``drive_failed``.
        """
        owner = self._folder.owner
        self._origin.mkdir(mode=0o700, exist_ok=True)
        child = await self.launch(
            [
                program("bindfs") or "bindfs",
                "-f",
                f"--force-user={owner.pw_uid}",
                f"--force-group={owner.pw_gid}",
                # The drive knows no owners: files of the account are made like the notebook's.
                "--create-as-mounter",
                "--chown-ignore",
                "--chgrp-ignore",
                str(self._source),
                str(self._origin),
            ]
        )
        deadline = asyncio.get_running_loop().time() + _PATIENCE
        while (mount := mounted_at(self._origin)) is None:
            if child.returncode is not None or asyncio.get_running_loop().time() > deadline:
                await self.stop(1.0)
                reason = self.last_words("bindfs said nothing.")
                if "not permitted" in reason or str(_FUSE) in reason:
                    raise ColabWidgetError(
                        "drive_no_fuse", reason=f"This machine lets no account mount it: {reason}."
                    )
                raise ColabWidgetError("drive_failed", reason=reason)
            await asyncio.sleep(0.02)
        self._mount = mount
        self._write_record()
        await self._put_into_home()

    async def _put_into_home(self) -> None:
        """Show what is mounted in the account's folder, and there alone."""
        try:
            folder = self._folder.open()
            try:
                await move(self._origin, folder)
            except FileNotFoundError as error:  # the account has deleted it since it was opened
                raise self._folder.cannot(error) from error
            except OSError as error:
                raise ColabWidgetError("drive_failed", reason=f"{error.strerror}.") from error
            finally:
                os.close(folder)
        except ColabWidgetError:
            await self._unmount()
            await self.stop(2.0)
            raise

    def _write_record(self) -> None:
        owner = self._folder.owner
        record = {
            "path": str(self._folder.path),
            "made": self._made,
            "owner": [owner.pw_uid, owner.pw_gid],
            "mount": self._mount.identity if self._mount else None,
        }
        write_private(self._record, json.dumps(record))

    async def _unmount(self) -> None:
        if self._mount:
            await unmount(self._mount.identity, self._journal)

    async def close(self) -> None:
        """Unmount it, also while programs use it."""
        if self._keeper:
            self._keeper.cancel()
            await asyncio.wait({self._keeper})
        await self._unmount()
        await self.stop(2.0)
        await restore_after_crash(self._record.parent, self._journal)

    async def _keep(self) -> None:
        """Mount it again when it has ended; where that fails for good, SSH goes on without it."""
        supervisor = Supervisor(lambda: [self])
        try:
            while True:
                reason = await supervisor.trouble()
                self._journal.add(f"{reason[0].upper()}{reason[1:]}: it is brought back.")
                self._steps.begin("drive", reason)
                with self._steps.ending("drive"):
                    await supervisor.bring_back(self._start_again, reason)
                self._steps.finish("drive", "done")
        except Exception as error:
            self._journal.add(str(explain(error, self._journal.redactor.redact, self._journal.add)))

    async def _start_again(self) -> None:
        await self.stop(1.0)
        await self._unmount()
        await self.start()


async def restore_after_crash(files: Path, journal: Journal) -> None:
    """Unmount what a session has mounted, also a session whose backend was killed.

    Parameters
    ----------
    files
        Private directory of the session.
    journal
        Gets a line for what was done.
    """
    file = files / RECORD
    if not file.exists():
        return
    origin = files / _ORIGIN
    try:
        record = json.loads(file.read_text())
        known = record["mount"]
        path, (uid, gid), made = record["path"], record["owner"], record["made"]
    except (OSError, ValueError, LookupError, TypeError):
        known, made = None, False
    # A bindfs that was about to begin may have mounted where only root can reach it.
    begun = mounted_at(origin)
    for identity in {tuple(known) if known else None, begun.identity if begun else None}:
        if identity:
            await unmount(identity, journal)
    if made:
        # As the account, to which the path belongs; it stays where something is in it.
        await process.output(as_uid(uid, gid, ["rmdir", "--", path]))
    with contextlib.suppress(OSError):
        origin.rmdir()
    file.unlink()


def _source(of: str) -> Path:
    """Return the folder of the drive that the option names."""
    place = Path(settings.DRIVE.value(work_environment.current()))
    own = next((place / name for name in _OWN if (place / name).is_dir()), None)
    if own is None:
        reason = f"It is not mounted at {place} in this notebook, or no more."
        raise ColabWidgetError("drive_not_mounted", reason=reason, copy=_MOUNT)
    if not of:
        return place
    first, _, rest = of.partition("/")
    candidates = [own / rest] if first in _OWN else [place / of, own / of]
    for candidate in candidates:
        # What a shortcut of the drive leads to is in the drive as well.
        if candidate.is_dir() and candidate.resolve().is_relative_to(place.resolve()):
            return candidate
    reason = f"There is no folder {' or '.join(map(str, candidates))}."
    raise ColabWidgetError("drive_no_folder", folder=repr(of), reason=reason)
