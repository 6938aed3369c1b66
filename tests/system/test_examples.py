"""Each example runs on the machine that it is for, unchanged: in a copy of this one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from IPython.core.inputtransformer2 import TransformerManager

from tests.doubles import install_ngrok
from tests.doubles.kaggle_service import KaggleService
from tests.kit.machine.bare_machine import BareMachine, MakeBare
from tests.kit.machine.machine import ROOT
from tests.kit.machine.tokens import forms_of, new_token

EXAMPLES = sorted((ROOT / "examples").glob("*.ipynb"))
DOUBLES = ROOT / "tests" / "doubles"
COLAB_PYTHON = Path(os.environ.get("COLABWIDGET_COLAB_PYTHON", ROOT / ".venv-colab/bin/python"))
COLAB = {"COLAB_RELEASE_TAG": "release-colab_20260801", "TBE_RUNTIME_ADDR": "172.28.0.1:8011"}
HUB = {"JUPYTERHUB_SERVICE_PREFIX": "/user/me/", "JUPYTERHUB_API_TOKEN": "of-the-hub"}
with_colab_s_packages = pytest.mark.skipif(
    not COLAB_PYTHON.exists(), reason="needs .venv-colab, which `make setup` makes"
)


class Notebook:
    """An example, on a machine of its own.

    Parameters
    ----------
    machine
        Where it runs.
    name
        The example's name.
    python
        Whose kernel it has.
    """

    def __init__(self, machine: BareMachine, name: str, python: Path | str) -> None:
        self.machine = machine
        self.token = new_token()
        self.python = python
        self.become: list[str] = []
        self.home = "/opt/home"
        self.environment: dict[str, str] = {}
        self.wishes: dict[str, Any] = {"click": False, "secrets": {}, "extensions": [], "ssh": []}
        install_ngrok(machine.path("/opt/stand-in"))
        machine.path(self.home).mkdir(mode=0o700)
        # Python may lie in another account's home, which opens in the copy only.
        for place in {ROOT, Path(python).parent, Path(sys.base_prefix)}:
            for parent in (place, *place.parents):
                machine.run("chmod", "o+x", str(parent))
        self.file = f"/opt/notebooks/{name}.ipynb"
        machine.path("/opt/notebooks").mkdir(mode=0o755)
        machine.path(self.file).write_text((ROOT / "examples" / f"{name}.ipynb").read_text())

    def has(self, **cells: str) -> None:
        """Have these cells instead."""
        new = nbformat.v4.new_code_cell
        made = nbformat.v4.new_notebook(cells=[new(text, id=name) for name, text in cells.items()])
        nbformat.write(made, self.machine.path(self.file))

    def as_user(self, name: str) -> None:
        """The kernel runs as an account without any rights."""
        machine = self.machine
        machine.must("useradd", "--create-home", "--shell", "/bin/bash", name)
        self.become = ["setpriv", f"--reuid={name}", f"--regid={name}", "--clear-groups"]
        self.home = f"/home/{name}"
        if machine.run(*self.become, str(self.python), "-c", "import nbclient").returncode:
            pytest.skip("an account without rights cannot run this Python here")

    def run(self, **wishes: Any) -> dict[str, Any]:
        """Run it, and return what came of it, in which the token is nowhere."""
        wishes = {**self.wishes, **wishes, "notebook": self.file, "token": self.token}
        path = [DOUBLES / "colab", DOUBLES, ROOT]
        done = self.machine.run(
            *self.become,
            *(str(self.python), "-m", "tests.kit.machine.run_notebook"),
            text=json.dumps(wishes),
            environment={
                "PATH": f"/opt/stand-in:{Path(self.python).parent}:/usr/local/sbin:/usr/local/bin"
                ":/usr/sbin:/usr/bin:/sbin:/bin",
                "HOME": self.home,
                "PYTHONPATH": ":".join(map(str, path)),
                "PYTHONDONTWRITEBYTECODE": "1",
                **self.environment,
            },
        )
        assert done.returncode == 0, f"{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
        assert not [form for form in forms_of(self.token) if form in done.stdout.encode()]
        assert not [form for form in forms_of(self.token) if form in done.stderr.encode()]
        result: dict[str, Any] = json.loads(done.stdout)
        return result


def outputs(result: dict[str, Any], cell: str) -> str:
    """What stands under a cell."""
    (found,) = [each for each in result["notebook"]["cells"] if each["id"] == cell]
    return json.dumps(found["outputs"])


def check(result: dict[str, Any], user: str, store: str) -> None:
    """It is connected at the end, a client was in, and nothing of the token is anywhere."""
    assert result["signed_in"].splitlines()[0] == user, result["ssh_error"]
    assert result["signed_in"].splitlines()[2:] == ["1"], "python is the notebook's own"
    assert f"The authtoken comes from {store}: NGROK_AUTHTOKEN" in result["journal"]
    assert result["in_files"] == []
    assert result["in_processes"] == []
    assert result["phase"] == "connected", "after all cells"
    assert result["left"] == [], "after a disconnect"
    said = outputs(result, "connect")
    assert "<Connection ssh " in said and "(connected)>" in said
    secrets = [result["password"]] if result["password"] else []
    assert not [secret for secret in secrets if secret in json.dumps(result["notebook"])]
    assert "NGROK_AUTHTOKEN" in json.dumps(result["notebook"]["metadata"]["widgets"])
    assert outputs(result, "install") == "[]"


@pytest.fixture
def on(bare: MakeBare) -> Callable[..., Notebook]:
    """An example on a copy of this machine that has all its programs."""

    if os.geteuid() != 0:
        pytest.skip("makes machines, which takes root")

    def make(name: str, python: Path | str = sys.executable) -> Notebook:
        return Notebook(bare((), lists=False), name, python)

    return make


@pytest.fixture
def kaggle() -> Iterator[KaggleService]:
    service = KaggleService("")
    yield service
    service.close()


@with_colab_s_packages
def test_on_colab_a_click_connects_with_the_secret_of_that_name(
    on: Callable[..., Notebook],
) -> None:
    notebook = on("colab", COLAB_PYTHON)
    notebook.environment = COLAB

    result = notebook.run(
        click=True, extensions=["google.colab"], secrets={"NGROK_AUTHTOKEN": notebook.token}
    )

    check(result, "colab", "Colab's secrets")
    assert result["asked"] == ["NGROK_AUTHTOKEN"], "once, and not again by connect()"
    assert result["host"]["name"] == "Google Colab"
    assert result["host"]["secrets"] == "Colab's secrets"
    assert "terms" in result["host"]["notice"]
    assert result["phases"][-1] == "connected"
    assert result["details"]["password"]


@pytest.mark.slow
@with_colab_s_packages
def test_on_colab_a_cell_that_connects_by_itself_asks_its_page_and_waits(
    on: Callable[..., Notebook],
) -> None:
    notebook = on("colab", COLAB_PYTHON)
    notebook.environment = COLAB
    notebook.has(
        install="import colabwidget\nfrom IPython.display import display",
        connect="widget = colabwidget.ConnectWidget("
        "token_secret='NGROK_AUTHTOKEN', auto_connect=True)\n"
        "display(widget)\nwidget.wait(timeout=60)",
    )

    result = notebook.run(extensions=["google.colab"], secrets={"NGROK_AUTHTOKEN": notebook.token})

    check(result, "colab", "Colab's secrets")
    assert result["asked"] == ["NGROK_AUTHTOKEN"]
    assert result["shown_when_asked"], "the form is there before anything is asked"


@with_colab_s_packages
def test_on_kaggle_a_script_connects_with_the_secret_of_that_name(
    on: Callable[..., Notebook], kaggle: KaggleService
) -> None:
    notebook = on("kaggle", COLAB_PYTHON)
    # Its image is made from Colab's, so that Colab's marks are there as well.
    notebook.environment = {**COLAB, **kaggle.environment}
    kaggle.says = {"wasSuccessful": True, "result": {"secret": notebook.token}}

    result = notebook.run()

    check(result, "colab", "Kaggle's secrets")
    assert [body["Label"] for _, body in kaggle.asked] == ["NGROK_AUTHTOKEN"]
    assert result["asked"] == []


@pytest.mark.slow
def test_on_a_plain_machine_the_environment_has_the_token(on: Callable[..., Notebook]) -> None:
    notebook = on("linux")
    notebook.environment = {"NGROK_AUTHTOKEN": notebook.token}
    check(notebook.run(), "colab", "the environment")


@pytest.mark.slow
def test_in_one_network_no_token_is_needed(on: Callable[..., Notebook]) -> None:
    result = on("connect").run()
    assert result["signed_in"].splitlines()[0] == "colab", result["ssh_error"]
    assert result["phase"] == "connected", "after all cells"
    assert result["left"] == [], "after a disconnect"
    assert "(connected)>" in outputs(result, "connect")
    assert result["password"] not in json.dumps(result["notebook"])


@pytest.mark.slow
def test_on_a_jupyterhub_as_root_there_is_a_password(on: Callable[..., Notebook]) -> None:
    notebook = on("jupyterhub")
    notebook.environment = {"NGROK_AUTHTOKEN": notebook.token, **HUB}
    result = notebook.run(click=True)
    check(result, "colab", "the environment")
    assert result["host"]["name"] == "JupyterHub"
    assert result["details"]["password"]


def test_on_a_jupyterhub_without_root_the_own_key_opens_the_own_account(
    on: Callable[..., Notebook], tmp_path: Path
) -> None:
    notebook = on("jupyterhub")
    notebook.as_user("jovyan")
    notebook.environment = {"NGROK_AUTHTOKEN": notebook.token, **HUB}
    key = tmp_path / "id_ed25519"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    place = notebook.machine.path("/opt/notebooks")
    (place / "id_ed25519.pub").write_text(key.with_suffix(".pub").read_text())
    private = notebook.machine.path("/opt/key")
    private.write_text(key.read_text())
    private.chmod(0o600)
    notebook.machine.must("chown", "jovyan", "/opt/key")
    options = ["-o", "IdentitiesOnly=yes", "-i", "/opt/key", "-o", "BatchMode=yes"]

    result = notebook.run(click=True, ssh=options)

    check(result, "jovyan", "the environment")
    assert result["host"]["name"] == "JupyterHub, without root"
    assert not result["details"]["password"]


@pytest.mark.parametrize("path", EXAMPLES, ids=[path.stem for path in EXAMPLES])
def test_an_example_is_clean_and_names_what_is_first_to_do(path: Path) -> None:
    notebook = nbformat.read(path, 4)
    nbformat.validate(notebook)
    text = path.read_text()
    assert not [cell for cell in notebook["cells"] if cell.get("outputs")]
    assert not [cell for cell in notebook["cells"] if cell.get("execution_count")]
    assert notebook["metadata"]["kernelspec"]["name"] == "python3"
    assert notebook["cells"][0]["cell_type"] == "markdown"
    (install,) = [cell for cell in notebook["cells"] if cell["id"] == "install"]
    code = TransformerManager().transform_cell(install["source"])
    assert "run_line_magic('pip', 'install --quiet {source}')" in code
    compile(code, path.name, "exec")
    (end,) = [cell for cell in notebook["cells"] if cell["id"] == "disconnect"]
    sentence, line = end["source"].splitlines()
    assert sentence.startswith("# To disconnect, ") and line == "# colabwidget.disconnect()"
    if path.stem != "connect":
        assert 'token_secret=\\"NGROK_AUTHTOKEN\\"' in text
        page = (ROOT / "docs" / f"{path.stem}.md").read_text()
        assert f"examples/{path.name}" in page
        assert f"docs/{path.stem}.md" in (ROOT / "README.md").read_text()
