"""Whatever goes wrong has its own clear error, and leaves the machine as it was."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from colabwidget.runtime.children import descendants
from tests.kit.machine.machine import Machine
from tests.kit.machine.tokens import find_in_files

SLOW = pytest.mark.slow


def leaves_nothing(machine: Machine) -> None:
    """No child, no file, no account that is open; and a connection is possible afterwards."""
    backend = machine.backend_pid()
    assert not backend or not descendants(backend)
    session = machine.runtime / "session"
    assert not session.exists() or not list(session.iterdir())
    assert not list(Path("/etc/sudoers.d").glob(f"*{machine.user}*"))
    machine.agent()
    assert machine.connect()["phase"] == "connected"


@pytest.mark.parametrize(
    ("faults", "code", "field"),
    [
        ({"auth_error": "105"}, "ngrok_105", "token"),
        ({"auth_error": "107"}, "ngrok_107", "token"),
        ({"auth_error": "108"}, "ngrok_108", ""),
        pytest.param({"auth_error": "108", "held_back": True}, "ngrok_108", "", marks=SLOW),
        ({"auth_error": "4018"}, "ngrok_4018", "token"),
        pytest.param({"auth_error": "120"}, "ngrok_120", "", marks=SLOW),
        pytest.param({"auth_error": "9999"}, "ngrok_other", "", marks=SLOW),
        ({"start_error_on_post": "8013"}, "ngrok_8013", ""),
        pytest.param({"start_error_on_post": "324"}, "ngrok_324", "", marks=SLOW),
        ({"no_network": True}, "no_network", ""),
        pytest.param({"silent": True}, "agent_silent", "", marks=SLOW),
        ({"exit_at_once": 3}, "agent_exited", ""),
        pytest.param({"forward_nowhere": True}, "tunnel_quota", "", marks=SLOW),
    ],
)
def test_what_the_agent_meets(
    machine: Machine, faults: dict[str, Any], code: str, field: str
) -> None:
    machine.agent(**faults)

    error = machine.failure()

    assert (error["code"], error["field"]) == (code, field)
    for text in (error["title"], error["cause"], error["remedy"]):
        assert text
        assert "\\n" not in text
        assert machine.token not in text
    assert machine.status()["phase"] == "failed"
    assert machine.token not in machine.journal()
    leaves_nothing(machine)


@pytest.mark.parametrize(
    "pasted",
    [
        pytest.param("{token}", marks=SLOW),
        pytest.param("  {token} \n", marks=SLOW),
        pytest.param("'{token}'", marks=SLOW),
        "ngrok config add-authtoken {token}",
        "“{token}”",
    ],
)
def test_a_token_is_taken_out_of_what_was_pasted(machine: Machine, pasted: str) -> None:
    done = machine.try_connect(text=pasted.format(token=machine.token))

    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("pasted", "code"),
    [("", "token_missing"), ("  \n", "token_missing"), ("ab cd", "token_unusable")],
)
def test_a_token_that_is_none_starts_nothing(machine: Machine, pasted: str, code: str) -> None:
    assert machine.failure(text=pasted)["code"] == code
    assert machine.backend_pid() is None


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--region", "moon"], "region_unknown"),
        pytest.param(["--no-ssh"], "nothing_chosen", marks=SLOW),
        pytest.param(["--desktop", "--no-ssh"], "desktop_needs_ssh", marks=SLOW),
        (["--desktop", "--geometry", "800"], "geometry_invalid"),
        pytest.param(["--user", "Ärger"], "user_invalid", marks=SLOW),
        (["--user", "daemon"], "user_system"),
    ],
)
def test_options_that_cannot_be_used(machine: Machine, arguments: list[str], code: str) -> None:
    assert machine.failure(*arguments)["code"] == code
    leaves_nothing(machine)


def test_a_private_key_is_refused_and_stored_nowhere(machine: Machine, tmp_path: Path) -> None:
    key = tmp_path / "id"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    body = key.read_text().splitlines()[2]

    error = machine.failure("--public-key", str(key))

    assert (error["code"], error["field"]) == ("public_key_private", "public_key")
    assert not find_in_files([body], machine.folder)


def test_a_broken_key_is_refused(machine: Machine, tmp_path: Path) -> None:
    key = tmp_path / "id"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    broken = tmp_path / "broken.pub"
    broken.write_text(key.with_suffix(".pub").read_text()[:40])

    assert machine.failure("--public-key", str(broken))["code"] == "public_key_broken"
    assert machine.failure("--public-key", str(tmp_path / "no"))["code"] == "public_key_broken"


def test_a_missing_agent_is_downloaded_or_it_says_why_not(machine: Machine) -> None:
    shutil.rmtree(machine.folder / "bin")
    # pip puts pyngrok's own command of that name beside Python: it is no agent.
    machine.environment["PATH"] = f"{Path(machine.python).parent}:{machine.environment['PATH']}"
    # Nothing listens there: the download is refused on this machine already.
    machine.environment["https_proxy"] = "http://127.0.0.1:9"

    error = machine.failure()

    assert error["code"] == "agent_download_failed"
    assert error["cause"] == "There is no way to bin.ngrok.com (Connection refused)."
    assert not list((machine.folder / "home").rglob("ngrok*.tgz"))


def test_an_address_of_another_machine(machine: Machine) -> None:
    error = machine.failure("--address", "198.51.100.7", tunnel="direct")

    assert error["code"] == "direct_address"
    leaves_nothing(machine)


def test_a_runtime_directory_that_is_not_ours(machine: Machine) -> None:
    machine.runtime.symlink_to("/tmp")

    error = machine.failure(tunnel="direct")

    assert error["code"] == "runtime_directory"
    machine.runtime.unlink()
