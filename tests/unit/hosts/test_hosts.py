"""What machine this is, and what of the notebook's environment SSH sessions may see."""

from __future__ import annotations

import os
import platform
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from colabwidget import hosts
from colabwidget.core.errors import ERRORS
from colabwidget.core.session_environment import PROXIES
from colabwidget.hosts.environment import (
    SESSION_VARIABLES,
    session_environment,
    terminal_environment,
)
from colabwidget.system.machine import architecture, gpu_model
from tests.kit.hosts import HUB, KAGGLE, found_python

SECRET_WORDS = ("TOKEN", "SECRET", "PASS", "KEY", "CREDENTIAL", "AUTH", "PRIVATE", "COOKIE", "JWT")
TELLTALE = "s3cret-value"
called_python = pytest.mark.skipif(
    not (Path(sys.executable).parent / "python").exists(),
    reason="the Python that runs this is not called python",
)


COLAB = {"COLAB_RELEASE_TAG": "release-colab_20260801", "TBE_RUNTIME_ADDR": "172.28.0.1:8011"}


@pytest.mark.parametrize(
    ("environment", "kind", "name", "secrets"),
    [
        (COLAB, "colab", "Google Colab", "Colab's secrets"),
        (
            {"COLAB_RELEASE_TAG": "x"},
            "colab",
            "Google Colab, local runtime",
            "Colab's secrets",
        ),
        (KAGGLE, "kaggle", "Kaggle", "Kaggle's secrets"),
        (HUB, "jupyterhub", "JupyterHub", "the environment"),
        # Kaggle's image is made from Colab's, and a JupyterHub may offer Colab's as well.
        ({**COLAB, **KAGGLE}, "kaggle", "Kaggle", "Kaggle's secrets"),
        ({**COLAB, **HUB}, "jupyterhub", "JupyterHub", "the environment"),
        ({"KAGGLE_KERNEL_RUN_TYPE": "", **COLAB}, "colab", "Google Colab", "Colab's secrets"),
    ],
)
def test_a_provider_is_known_by_its_environment(
    environment: dict[str, str], kind: str, name: str, secrets: str
) -> None:
    found = hosts.detect(environment)
    root = os.geteuid() == 0
    assert (found.kind, found.secrets, found.root) == (kind, secrets, root)
    assert found.name == (name if root else f"{name}, without root")


@pytest.mark.parametrize(
    ("machine", "name"),
    [("x86_64", "amd64"), ("aarch64", "arm64"), ("riscv64", "riscv64"), ("ppc64le", "ppc64le")],
)
def test_the_architecture_has_debian_s_name(machine: str, name: str) -> None:
    assert architecture(machine) == name
    assert hosts.detect({}).architecture == architecture(platform.machine())


def test_any_other_machine_is_called_by_its_system() -> None:
    found = hosts.detect({})
    assert found.kind == "linux"
    try:
        name = platform.freedesktop_os_release()["PRETTY_NAME"]
    except OSError:
        name = "Linux"
    assert found.name == (name if found.root else f"{name}, without root")


def test_only_colab_has_terms_that_must_be_told() -> None:
    colab = hosts.detect({"COLAB_RELEASE_TAG": "x"})
    assert "terms" in colab.notice and colab.notice.endswith(".")
    assert colab.notice_link == "https://research.google.com/colaboratory/faq.html"
    for environment in ({}, {"KAGGLE_KERNEL_RUN_TYPE": "Batch"}, {**COLAB, **KAGGLE}, HUB):
        assert hosts.detect(environment).notice == hosts.detect(environment).notice_link == ""


def test_colab_and_kaggle_bring_what_draws_widgets(monkeypatch: pytest.MonkeyPatch) -> None:
    bring = {name for name, host in hosts.KINDS.items() if host.brings_front_end}
    assert bring == {"colab", "kaggle"}
    assert not hosts.brings_front_end()
    for name, value in KAGGLE.items():
        monkeypatch.setenv(name, value)
    assert hosts.brings_front_end()


def test_a_terminal_takes_over_the_shell_and_ssh_sessions_do_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SHELL", "/bin/fish")
    assert terminal_environment()["SHELL"] == "/bin/fish"
    assert terminal_environment({"SHELL": "/bin/fish", "TOKEN": "t"}) == {"SHELL": "/bin/fish"}
    assert "SHELL" not in session_environment()


def test_the_page_gets_plain_values() -> None:
    found = hosts.Host("linux", "Debian", "", True)
    assert found.as_dict() == {
        "kind": "linux",
        "name": "Debian",
        "gpu": "",
        "root": True,
        "notice": "",
        "notice_link": "",
        "secrets": "the environment",
        "architecture": "",
        "drive": False,
    }


def gpu(folder: Path, address: str, text: str) -> None:
    (folder / address).mkdir()
    (folder / address / "information").write_text(text)


def test_the_first_gpu_is_named_by_its_driver(tmp_path: Path) -> None:
    gpu(tmp_path, "0000:00:05.0", "Model: \t\t NVIDIA L4\nIRQ: 1\n")
    gpu(tmp_path, "0000:00:04.0", "Model: \t\t Tesla T4\nIRQ:   \t\t 33\nGPU UUID: \t GPU-1\n")
    assert gpu_model(tmp_path) == "Tesla T4"


def test_a_gpu_that_cannot_be_read_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "0000:00:03.0" / "information").mkdir(parents=True)
    gpu(tmp_path, "0000:00:04.0", "IRQ: 33\nno model: here\n")
    gpu(tmp_path, "0000:00:05.0", "Model: NVIDIA A100-SXM4-40GB")
    assert gpu_model(tmp_path) == "NVIDIA A100-SXM4-40GB"


def test_a_machine_without_one_has_none(tmp_path: Path) -> None:
    assert gpu_model(tmp_path) == gpu_model(tmp_path / "nowhere") == ""


def test_ssh_sessions_see_what_the_notebook_sees() -> None:
    notebook = {
        "PATH": os.environ["PATH"],
        "LD_LIBRARY_PATH": "/usr/lib64-nvidia",
        "CUDA_VERSION": "12.5",
        "NVIDIA_VISIBLE_DEVICES": "all",
        "LANG": "C.UTF-8",
        "COLAB_GPU": "1",
        "TPU_NAME": "local",
        "TF_FORCE_GPU_ALLOW_GROWTH": "true",
    }
    taken = session_environment(notebook)
    assert {name: taken[name] for name in notebook if name != "PATH"} == {
        name: value for name, value in notebook.items() if name != "PATH"
    }


NAMES = st.from_regex(r"[A-Z][A-Z0-9_]{0,20}", fullmatch=True)


@given(
    st.lists(NAMES | st.sampled_from(["COLAB", "KAGGLE", "TPU", "NVIDIA", "LC"]), max_size=2),
    st.sampled_from(SECRET_WORDS),
    st.lists(NAMES, max_size=1),
)
def test_nothing_with_a_secret_s_name_is_taken_over(
    before: list[str], word: str, after: list[str]
) -> None:
    name = "_".join([*before, word, *after])
    assert TELLTALE not in str(session_environment({name: TELLTALE}))


@pytest.mark.parametrize(
    "name",
    [
        "KAGGLE_USER_SECRETS_TOKEN",
        "KAGGLE_DATA_PROXY_TOKEN",
        "KAGGLE_KEY",
        "JUPYTERHUB_API_TOKEN",
        "JPY_API_TOKEN",
        "NGROK_AUTHTOKEN",
        "HF_TOKEN",
        "OPENAI_API_KEY",
        "AWS_SECRET_ACCESS_KEY",
        "GOOGLE_APPLICATION_CREDENTIALS",
        "PIP_INDEX_URL",
        "DATABASE_URL",
        "COLAB_JUPYTER_TOKEN",
        "TBE_CREDS_ADDR",
        "LD_PRELOAD",
        "BASH_ENV",
        "HOME",
    ],
)
def test_known_carriers_of_secrets_and_of_trouble_are_left_out(name: str) -> None:
    assert TELLTALE not in str(session_environment({name: TELLTALE}))


def test_the_list_of_names_is_of_whole_names_and_none_sounds_secret() -> None:
    for name in SESSION_VARIABLES:
        assert not [word for word in SECRET_WORDS if word in name]
        assert name == name.upper() or name.upper() in PROXIES
        assert name.replace("_", "").isalnum()


@pytest.mark.parametrize(
    "value", ['a"b', "a\\b", "a\nb", "a\0b", "\x1b[31m", "x" * 9000, "SetEnv\rX=1"]
)
def test_values_that_sshd_could_not_be_told_are_left_out(value: str) -> None:
    assert "XLA_FLAGS" not in session_environment({"XLA_FLAGS": value, "PATH": "/bin"})


@given(st.dictionaries(st.sampled_from(SESSION_VARIABLES), st.text(), max_size=6))
def test_what_is_taken_over_fits_into_a_line_of_a_configuration(
    environment: dict[str, str],
) -> None:
    for name, value in session_environment(environment).items():
        assert name in SESSION_VARIABLES
        assert value.isprintable() and not set(value) & {'"', "\\"}


@called_python
def test_python_is_the_running_one_wherever_the_notebook_s_path_leads(tmp_path: Path) -> None:
    other = tmp_path / "python"
    other.write_text("#!/bin/sh\n")
    other.chmod(0o755)
    for path in (str(tmp_path), f"{tmp_path}:/usr/bin", "/nowhere"):
        taken = session_environment({"PATH": path})
        assert taken["PATH"].endswith(path)
        python = found_python(taken)
        assert python and Path(python).resolve() == Path(sys.executable).resolve()
    assert found_python(session_environment({}))


@called_python
def test_a_path_that_leads_to_the_running_python_stays_as_it_is() -> None:
    path = f"{Path(sys.executable).parent}:/usr/bin:/bin"
    assert session_environment({"PATH": path})["PATH"] == path


@pytest.mark.parametrize("code", ["no_network", "public_key_unreachable"])
def test_a_remedy_of_one_kind_of_machine_is_told_there_alone(code: str) -> None:
    assert "Switch Internet on" in hosts.remedy(code, {**COLAB, **KAGGLE})
    assert "Kaggle" not in ERRORS[code].remedy
    for environment in ({}, COLAB, HUB):
        assert hosts.remedy(code, environment) == ""
    assert hosts.remedy("apt_failed", KAGGLE) == ""
