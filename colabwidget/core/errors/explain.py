"""What a user is told of an exception, whatever it is."""

from __future__ import annotations

import re
from collections.abc import Callable

from colabwidget.core.errors.error import ColabWidgetError

#: What the system says, and so the programs: ENOSPC and EDQUOT of errno(3).
NO_ROOM = "No space left on device|Disk quota exceeded"  # an expression


def explain(
    error: Exception, redact: Callable[[str], str], write: Callable[[str], object]
) -> ColabWidgetError:
    """Return what a user is told of an error, in which no known secret is left.

    Parameters
    ----------
    error
        Any exception; the traceback of an unforeseen one is written down whole.
    redact
        Returns a text without secrets.
    write
        Takes the traceback, and redacts it itself.
    """
    if full := disk_full(error):
        return full
    if isinstance(error, ColabWidgetError):
        error.hide(redact)
        return error
    import traceback  # the kernel's side explains no error of its own

    write("".join(traceback.format_exception(error)))
    reason = redact(f"{type(error).__name__}: {error}")
    return ColabWidgetError("internal", reason=reason[:200])


def disk_full(error: BaseException) -> ColabWidgetError | None:
    """Return what a user is told where an error comes of a disk, or a quota, without room."""
    cause: BaseException | None = error
    while cause:
        if isinstance(cause, OSError) and (found := re.search(NO_ROOM, f"{cause}")):
            path = cause.filename if isinstance(cause.filename, str) else ""
            return no_room(found.group(0), path)
        cause = cause.__cause__
    return None


def no_room(said: str, path: str = "") -> ColabWidgetError:
    """Return the error for what the system said, and the path for which there was no room."""
    reason = f"{path} could not be written: {said}." if path else f"{said}."
    return ColabWidgetError("disk_full", reason=reason)
