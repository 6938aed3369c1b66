"""Why the ngrok agent could not be downloaded, in the words of a user: pyngrok raises all alike."""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
from email.message import Message
from pathlib import Path
from urllib.error import HTTPError, URLError

import pytest
from pyngrok import installer
from pyngrok.exception import PyngrokNgrokInstallError

from colabwidget.core.errors import ColabWidgetError
from colabwidget.tunnels.ngrok.program import not_downloaded

URL = "https://bin.ngrok.com/agent.tgz"


def certificate() -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_message = "self-signed certificate"
    return error


def told(cause: Exception, folder: Path, monkeypatch: pytest.MonkeyPatch) -> ColabWidgetError:
    def fail(*_: object, **__: object) -> str:
        raise cause

    monkeypatch.setattr(installer, "_download_file", fail)
    with pytest.raises(PyngrokNgrokInstallError) as raised:
        installer.install_ngrok(str(folder / "ngrok"))
    return not_downloaded(raised.value)


@pytest.mark.parametrize(
    ("cause", "said"),
    [
        (
            URLError(ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused")),
            "There is no way to bin.ngrok.com (Connection refused).",
        ),
        (
            URLError(socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")),
            "Cannot find bin.ngrok.com (DNS failed; is this machine online?).",
        ),
        (URLError(TimeoutError("timed out")), "There is no way to bin.ngrok.com (timed out)."),
        (
            URLError(certificate()),
            "The certificate of bin.ngrok.com was not accepted: self-signed certificate.",
        ),
        (
            HTTPError(URL, 403, "Forbidden", Message(), None),
            "The answer of bin.ngrok.com was 403 and no file.",
        ),
        (ConnectionResetError(errno.ECONNRESET, "Connection reset by peer"), "Connection reset"),
        (PermissionError(errno.EACCES, "Permission denied", "/home"), "Permission denied."),
        (ValueError("bad file"), "Bad file."),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
def test_each_cause_is_a_sentence(
    cause: Exception, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    error = told(cause, tmp_path, monkeypatch)
    assert error.code == "agent_download_failed"
    assert error.info["cause"].startswith(said) and error.info["cause"].endswith(".")
    assert "<" not in error.info["cause"]


def test_a_full_disk_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    full = OSError(errno.ENOSPC, "No space left on device", "/tmp/ngrok.tgz")
    assert told(full, tmp_path, monkeypatch).code == "disk_full"


def test_one_that_takes_too_long_is_said() -> None:
    cause = not_downloaded(asyncio.TimeoutError()).info["cause"]
    assert cause == "It took more than 5 minutes."
