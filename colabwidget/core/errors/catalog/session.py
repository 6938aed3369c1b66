"""What is said of failures of the session and of the backend."""

from __future__ import annotations

from colabwidget.core.address import ISSUES
from colabwidget.core.errors.text import ErrorText

SESSION = {
    "session_running": ErrorText(
        "A connection is open already.",
        "{reason}",
        "Disconnect first, or use the connection that is open.",
        usual="It has other options than the ones that you chose, which the message names.",
    ),
    "session_closing": ErrorText(
        "{what} is still being closed.",
        "That takes a few seconds.",
        "Wait a moment, then try again.",
    ),
    "clients_connected": ErrorText(
        "{clients} signed in over SSH.",
        "Disconnecting ends their sessions.",
        "Disconnect anyway, or keep the connection.",
    ),
    "windows_open": ErrorText(
        "{windows} open on the desktop.",
        "{reason}",
        "Save it first, or end the desktop anyway.",
        usual="What was not saved there would be lost. The message names the windows.",
    ),
    "closed_idle": ErrorText(
        "The connection closed by itself.",
        "No client was signed in for {minutes} minutes.",
        "Connect again: what runs on this machine goes on meanwhile. The option idle_timeout has "
        "the minutes; 0 stands for never.",
    ),
    "closed_time": ErrorText(
        "The session's time is over.",
        "It was to end after {minutes} minutes (the option session_timeout).",
        "Connect again for another session.",
        ends_session=True,
    ),
    "no_password": ErrorText(
        "There is no password to change.",
        "A public key signs in, and there is no desktop.",
        "Disconnect, and connect with other keys to change what opens the account.",
    ),
    "not_connected": ErrorText(
        "There is no connection.",
        "Nothing was started, or it has ended.",
        "Connect first.",
    ),
    "no_desktop": ErrorText(
        "There is no desktop.",
        "None was started, or it has ended.",
        "Start it.",
    ),
    "shell_failed": ErrorText(
        "The terminal could not be opened.",
        "{reason}",
        "Close terminals that are not needed and try again.",
        usual="The machine has no terminal left, or the account's shell cannot be started.",
    ),
    "shells_too_many": ErrorText(
        "There are too many terminals.",
        "Each shell runs on until it is ended, and no more than twenty run at a time.",
        "End one that is not needed: press End shell, or type exit in it.",
    ),
    "transfers_too_many": ErrorText(
        "There are too many file transfers.",
        "No more than forty run at a time.",
        "Wait until some of them are done, or cancel some.",
    ),
    "cancelled": ErrorText(
        "Connecting was cancelled.",
        "Cancel, Disconnect or Ctrl-C was pressed. Everything that had been started was ended; "
        "packages that were installed stay.",
        "Connect again when you are ready.",
    ),
    "backend_start": ErrorText(
        "The backend did not start.",
        "{reason}",
        "Try again. If it happens again, copy the report and ask for help with it.",
        usual="Python or the package cannot be read, or the disk is full.",
    ),
    "backend_lost": ErrorText(
        "The backend has ended.",
        "Its process was stopped from outside, or the machine had no memory left. "
        "No new sign-in is possible.",
        "Connect again, for new passwords and perhaps a new address.",
    ),
    "backend_silent": ErrorText(
        "The backend does not answer.",
        "Its process runs, but it is stuck or very busy.",
        "Wait a minute and try again, or end it with python -m colabwidget disconnect.",
    ),
    "backend_version": ErrorText(
        "The running backend is another version.",
        "The backend is version {theirs}, this notebook has {ours}. A restart of the backend "
        "closes the connection that is open through it.",
        "Restart the backend with the button, or with python -m colabwidget disconnect, then "
        "connect again.",
    ),
    "runtime_directory": ErrorText(
        "The private directory {path} cannot be used.",
        "{reason}",
        "Move it away, or set XDG_RUNTIME_DIR to a directory of your own.",
        usual="It is a link, belongs to another account, or cannot be written.",
    ),
    "message_invalid": ErrorText(
        "A message to the backend was not understood.",
        "{reason}",
        "Reload the page and run the cell again.",
        usual="The page, the notebook and the backend are of different versions.",
    ),
    "internal": ErrorText(
        "Something unexpected went wrong.",
        "{reason}",
        "Try again. If it happens again, please report it: Copy the report, or "
        f"python -m colabwidget report.{f' It goes to {ISSUES}' if ISSUES else ''}",
        usual="This is a bug in colabwidget.",
    ),
}
