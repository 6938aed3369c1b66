"""Each kind of machine from its terminal: what it is called, and where it has its tokens."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.doubles.kaggle_service import KaggleService
from tests.kit.machine.machine import ROOT, Machine
from tests.kit.machine.ssh_client import ssh
from tests.kit.machine.tokens import find_in_files, find_in_processes, new_token

NAME = "NGROK_AUTHTOKEN"
DOUBLES = ROOT / "tests" / "doubles"
COLAB = {"COLAB_RELEASE_TAG": "release-colab_20260801", "TBE_RUNTIME_ADDR": "172.28.0.1:8011"}
HUB = {"JUPYTERHUB_SERVICE_PREFIX": "/user/me/"}


@pytest.fixture
def kaggle(machine: Machine) -> Iterator[KaggleService]:
    """The machine is Kaggle's, whose image has Colab's marks and modules."""
    service = KaggleService(machine.token)
    machine.environment |= {**COLAB, **service.environment}
    machine.environment["PYTHONPATH"] += f":{DOUBLES}:{DOUBLES / 'colab'}"
    yield service
    service.close()


def by_name(machine: Machine, name: str = NAME) -> tuple[int, dict[str, Any]]:
    """Connect with the token of that name; the exit status, and what is printed."""
    done = machine.run("connect", "--user", machine.user, "--token-secret", name, "--json")
    assert "Traceback" not in done.stderr
    assert machine.token not in done.stdout + done.stderr
    return done.returncode, json.loads(done.stdout)


def refused(machine: Machine, name: str = NAME) -> dict[str, Any]:
    status, said = by_name(machine, name)
    assert status == 1
    assert said["error"]["field"] == "token"
    assert machine.backend_pid() is None, "nothing was started for it"
    error: dict[str, Any] = said["error"]
    return error


def test_the_environment_is_read_by_name_and_who_is_there_reads_nothing(
    machine: Machine, tmp_path: Path
) -> None:
    machine.environment["MINE"] = machine.token
    status, details = by_name(machine, "MINE")
    assert status == 0, details
    assert ssh(details, "id -un", folder=tmp_path).stdout == f"{machine.user}\n"
    assert "The authtoken comes from the environment: MINE" in machine.journal()
    # It is in the environment of no process that was started, and in no file but the agent's.
    assert find_in_processes([machine.token]) == []
    session = machine.runtime / "session"
    found = find_in_files([machine.token], machine.folder / "run", machine.folder / "state")
    assert all(path.is_relative_to(session) for path in found), found
    assert find_in_files([machine.token], machine.folder / "home") == []

    del machine.environment["MINE"]
    assert by_name(machine, "MINE")[1]["ssh"]["fingerprint"] == details["ssh"]["fingerprint"]
    machine.disconnect()
    assert find_in_files([machine.token], machine.folder) == []


def test_kaggle_s_secret_is_read_once(
    machine: Machine, kaggle: KaggleService, tmp_path: Path
) -> None:
    status, details = by_name(machine)
    assert status == 0, details
    assert ssh(details, "id -un", folder=tmp_path).stdout == f"{machine.user}\n"
    assert f"The authtoken comes from Kaggle's secrets: {NAME}" in machine.journal()
    assert by_name(machine)[0] == 0
    assert len(kaggle.asked) == 1
    # Kaggle's own key to its secrets goes to no process either.
    assert find_in_processes([kaggle.key]) == []
    machine.disconnect()


def test_on_kaggle_a_secret_that_is_not_ticked_is_explained(
    machine: Machine, kaggle: KaggleService
) -> None:
    kaggle.says = {
        "wasSuccessful": False,
        "errors": [f"No user secrets exist for kernel id 7 and label {NAME}."],
    }
    error = refused(machine)
    assert error["code"] == "secret_missing"
    assert NAME in error["title"] and "Kaggle's secrets" in error["cause"]
    assert "tick it for this notebook" in error["remedy"] and "Colab" not in error["remedy"]
    kaggle.status = 403
    assert refused(machine)["code"] == "secret_no_access"
    machine.environment["KAGGLE_URL_BASE"] = "http://127.0.0.1:1"
    error = refused(machine)
    assert error["code"] == "secret_unreadable" and "Internet" in error["cause"]
    machine.agent(no_network=True)
    error = machine.failure()
    assert error["code"] == "no_network"
    assert error["remedy"] == "Switch Internet on in the notebook's settings, then connect again."


def test_in_colab_s_terminal_secrets_are_out_of_reach_and_the_environment_is_not(
    machine: Machine,
) -> None:
    machine.environment |= COLAB
    machine.environment["PYTHONPATH"] += f":{DOUBLES / 'colab'}"
    error = refused(machine)
    assert error["code"] == "secret_unreadable"
    assert "notebook cells only" in error["cause"]

    machine.environment[NAME] = machine.token
    assert by_name(machine)[0] == 0
    assert f"The authtoken comes from the environment: {NAME}" in machine.journal()
    machine.disconnect()


def test_a_token_given_as_a_name_is_not_repeated(machine: Machine) -> None:
    for name in (machine.token, f"cr_{new_token()}"):
        done = machine.run("connect", "--user", machine.user, "--token-secret", name, "--json")
        assert json.loads(done.stdout)["error"]["code"] == "secret_name_invalid"
        assert name not in done.stdout + done.stderr
    assert machine.backend_pid() is None


@pytest.mark.parametrize(
    ("environment", "name"),
    [(COLAB, "Google Colab"), ({"KAGGLE_KERNEL_RUN_TYPE": "Batch"}, "Kaggle"), (HUB, "JupyterHub")],
)
def test_a_report_names_the_machine(
    machine: Machine, environment: dict[str, str], name: str
) -> None:
    machine.environment |= environment
    report = machine.run("report").stdout
    assert any(line.split() == ["notebook", *name.split()] for line in report.splitlines()), report
