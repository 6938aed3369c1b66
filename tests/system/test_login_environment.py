"""An SSH session has the notebook's environment: tools, Python and variables."""

from __future__ import annotations

import json
import os
import pwd
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kit.machine.colab_layout import Found, Layout
from tests.kit.machine.kernel_side import Side, kernel_connects
from tests.kit.machine.machine import Machine
from tests.kit.machine.plain_user import PlainUser
from tests.kit.machine.ssh_client import run_answered, ssh_password
from tests.kit.rows import params
from tests.kit.waiting import eventually

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="makes accounts, which takes root")
# Where the account cannot write: it is better off with its own.
CLOSED = "env CLOUDSDK_CONFIG"


@pytest.fixture(scope="module")
def layout() -> Iterator[Layout]:
    made = Layout()
    yield made
    made.remove()


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("key") / "id_ed25519"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path], check=True)
    return path


def with_key(key: Path) -> tuple[str, ...]:
    return ("-o", "IdentitiesOnly=yes", "-i", str(key), "-o", "BatchMode=yes")


@pytest.fixture(scope="module")
def colab(layout: Layout, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Side]:
    """The account that colabwidget makes."""
    machine = Machine.make()
    try:
        details = kernel_connects(machine, layout)
        folder = tmp_path_factory.mktemp("colab")
        notebook = layout.notebook(machine.environment)
        yield Side(layout, details, folder, notebook, log=machine.journal())
    finally:
        machine.close()


@pytest.fixture(scope="module")
def root(layout: Layout, key: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Side]:
    machine = Machine.make()
    try:
        details = kernel_connects(machine, layout, "--user", "root", "--public-key", f"{key}.pub")
        folder = tmp_path_factory.mktemp("root")
        notebook = layout.notebook(machine.environment)
        yield Side(layout, details, folder, notebook, with_key(key), machine.journal())
    finally:
        machine.close()


@pytest.fixture(scope="module")
def rootless(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Side]:
    layout = Layout()
    user = PlainUser()
    try:
        for path in (layout.content, *layout.content.rglob("*")):
            shutil.chown(path, user.name)
        user.environment |= layout.variables
        place = ("--tunnel", "direct", "--address", "127.0.0.1", "--json")
        connect = ("-m", "colabwidget", "connect", *place, "--public-key", f"{user.key}.pub")
        done = user._run("env", f"--chdir={layout.content}", str(layout.python), *connect)
        assert done.returncode == 0, done.stderr
        folder = tmp_path_factory.mktemp("rootless")
        notebook = layout.notebook(user.environment)
        yield Side(layout, json.loads(done.stdout), folder, notebook, user.options())
    finally:
        user.close()
        layout.remove()


def test_the_layout_is_a_machine_that_takes_the_right_environment(colab: Side) -> None:
    found = colab.notebook
    assert found["folder"] == str(colab.layout.content)
    assert found["run nvidia-smi"] == "Tesla T4"
    assert found["run nvcc"] == f"nvcc of {colab.layout.top}/cuda, 12.5.1"
    assert found["run gcloud"] == f"{colab.layout.top}/env"
    assert found["which python"] == str(colab.layout.python)
    assert "notebook-only==4.2" in found["run pip"]
    assert found["env CUDA_VISIBLE_DEVICES"] == ""


def test_every_kind_of_session_has_the_notebook_s_environment(colab: Side) -> None:
    same = colab.notebook.without(CLOSED)

    assert colab.details["ssh"]["folder"] == same["folder"]
    assert colab.details["ssh"]["vscode_url"].endswith(same["folder"])
    assert colab.probe(colab.asked) == same
    assert colab.probe(colab.asked, terminal=True) == same
    assert colab.probe(text=f"{colab.asked}; exit\n", terminal=True) == same
    assert colab.probe(text=f"{colab.asked}\n") == same
    assert colab.probe("sh", text=f"{colab.asked}\n") == same
    assert colab.tmux() == same
    assert "CLOUDSDK_CONFIG is left out" in colab.log


def test_what_vs_code_starts_has_the_notebook_s_environment(colab: Side) -> None:
    """Its server is started by a script on standard input, and asks a login shell of its own."""
    same = colab.notebook.without(CLOSED)

    assert colab.probe("bash", text=f"{colab.asked}\n") == same
    for shell in ('"$SHELL" -ilc', '"$SHELL" -i -l -c', "bash -ilc", "bash -lc"):
        assert colab.probe("bash", text=f"{shell} '{colab.asked}'\n") == same, shell


def test_root_after_sudo_has_the_notebook_s_environment(colab: Side) -> None:
    same = colab.notebook

    assert colab.probe(f"sudo -n sh -c '{colab.asked}'") == same
    by_su = colab.probe(f"sudo -n su - -c '{colab.asked}'")
    by_sudo = colab.probe(f"sudo -n -i {colab.asked}")
    for found, left_out in ((by_su, (CLOSED,)), (by_sudo, ())):
        # root's own files come last here, and may put a Python of root's before the notebook's.
        told = {name: value for name, value in found.items() if "python" not in name}
        own = ("folder", "env PATH", "which pip", "run pip", "run gcloud")
        for name, value in same.without(*own, *left_out, "which python", "run python").items():
            assert told[name] == value, name
        assert same["env PATH"] in found["env PATH"]


def test_a_switch_to_the_account_has_the_environment_and_another_login_has_not(
    colab: Side,
) -> None:
    name = colab.details["ssh"]["user"]
    env = {"PATH": "/usr/bin:/bin", "TERM": "dumb", "HOME": "/nonexistent"}
    nobody = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")

    def become(*command: str) -> str:
        done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60)
        return done.stdout + done.stderr

    found = Found.read(become("su", "-", name, "-c", colab.asked))
    strangers = [become(*as_whom, "bash", "-lc", "env") for as_whom in ((), nobody)]

    assert found.without("folder") == colab.notebook.without(CLOSED, "folder")
    assert all("PATH=" in env and "COLABWIDGET" not in env for env in strangers), strangers
    place = colab.ssh("echo $COLABWIDGET_SESSION").strip()
    assert Path(place, "environment").exists()
    assert "denied" in become(*nobody, "cat", f"{place}/environment")


def test_what_is_chosen_in_a_session_stays(colab: Side) -> None:
    """Only what /etc/profile takes away is given back: a session's own choice is not."""
    shell = "CUDA_VISIBLE_DEVICES=1 HF_HOME=/elsewhere bash -lc"
    seen = colab.ssh(f"""{shell} 'echo "$CUDA_VISIBLE_DEVICES $HF_HOME"; which python'""")
    assert seen.split() == ["1", "/elsewhere", str(colab.layout.python)]


def test_programs_of_the_account_s_own_files_come_after_the_notebook_s(colab: Side) -> None:
    own = "mkdir -p own && cp /bin/true own/python && cp /bin/true own/only-here"
    written = "echo 'PATH=~/own:$PATH' | tee .bash_login > .bashrc"
    colab.ssh(f"cd && {own} && cp .bashrc kept && {written}")
    try:
        asked = "command -v python only-here"
        home = Path(pwd.getpwnam(colab.details["ssh"]["user"]).pw_dir)
        wanted = [str(colab.layout.python), f"{home}/own/only-here"]
        assert colab.ssh(asked).split() == wanted
        assert colab.ssh("bash", text=f"\"$SHELL\" -ilc '{asked}'\n").split()[-2:] == wanted
        shown = colab.ssh(text=f"{asked}; exit\n", terminal=True)
        assert "\n".join(wanted) in shown
    finally:
        colab.ssh("cd && mv kept .bashrc && rm -r own .bash_login")


def copy_files(side: Side, tmp_path: Path) -> None:
    """See that files go to and from the notebook's folder, by each program that copies."""
    there, back = side.layout.content / "there.bin", tmp_path / "back.bin"
    here = tmp_path / "here.bin"
    here.write_bytes(bytes(range(256)) * 1000)
    details = side.details["ssh"]
    known_hosts = tmp_path / "known_hosts"
    known_hosts.write_text(details["known_hosts"] + "\n")
    config = tmp_path / "config"
    config.write_text(f"{details['config']}  UserKnownHostsFile {known_hosts}\n")

    def copy(*command: str, text: str = "") -> str:
        with ssh_password(details["password"]) as environment:
            done = run_answered(command, environment, text)
        assert done.returncode == 0, done.stderr
        return done.stdout

    batch = f"pwd\nput {here} there.bin\nget there.bin {back}\n"
    said = copy("sftp", "-F", str(config), "colabwidget", text=batch)
    assert f"Remote working directory: {side.layout.content}" in said
    assert back.read_bytes() == there.read_bytes() == here.read_bytes()
    for program in (("scp",), ("scp", "-O"), ("rsync", "-e", f"ssh -F {config}")):
        options = () if program[0] == "rsync" else ("-F", str(config))
        there.unlink()
        copy(*program, *options, str(here), "colabwidget:there.bin")
        assert there.read_bytes() == here.read_bytes(), program
    there.unlink()


def test_files_are_copied_whatever_start_up_files_print(colab: Side, tmp_path: Path) -> None:
    copy_files(colab, tmp_path)
    colab.ssh("cd && cp .bashrc kept && echo 'echo Welcome; export OWN=1' > .bashrc")
    try:
        copy_files(colab, tmp_path)
        # The command has what the file sets, and its output is its own.
        assert colab.ssh("echo $OWN; cat", text="text\n") == "1\ntext\n"
        assert colab.ssh("bash -c 'echo $OWN'") == "1\n"
    finally:
        colab.ssh("cd && mv kept .bashrc")


def test_a_terminal_that_the_machine_does_not_know_is_one_that_it_knows(
    colab: Side, monkeypatch: pytest.MonkeyPatch
) -> None:
    # tput says whether programs find it.
    for sent, seen in (
        ("xterm-ghostty", "xterm-256color"),
        ("foot-extra/../x", "xterm-256color"),
        ("vt100", "vt100"),
        ("no such", "xterm-256color"),
    ):
        monkeypatch.setenv("TERM", sent)
        shown = colab.ssh("echo @$TERM; tput cols", terminal=True)
        assert f"@{seen}\n" in shown, sent
        assert "unknown terminal" not in shown


def test_root_s_sessions_have_the_notebook_s_environment(root: Side) -> None:
    same = root.notebook.without("env PATH")

    for found in (
        root.probe(root.asked),
        root.probe(text=f"{root.asked}; exit\n", terminal=True),
        root.probe("bash", text=f"\"$SHELL\" -ilc '{root.asked}'\n"),
        root.tmux(),
    ):
        assert found.without("env PATH") == same
        # What root's own files add stands behind.
        assert f"{found['env PATH']}:".startswith(f"{root.notebook['env PATH']}:")


def test_sessions_without_root_have_the_notebook_s_environment(rootless: Side) -> None:
    same = rootless.notebook

    assert rootless.probe(rootless.asked) == same
    assert rootless.probe(text=f"{rootless.asked}; exit\n", terminal=True) == same
    assert rootless.probe(text=f"{rootless.asked}\n") == same
    assert rootless.probe("bash", text=f"{rootless.asked}\n") == same
    for shell in ('"$SHELL" -ilc', '"$SHELL" -i -l -c', '"$SHELL" -lc'):
        assert rootless.probe("bash", text=f"{shell} '{rootless.asked}'\n") == same, shell
    assert rootless.tmux() == same


@pytest.mark.parametrize("shell", params(["/bin/zsh", "/bin/dash"], slow={"/bin/zsh"}))
def test_other_shells_have_the_notebook_s_environment(shell: str, tmp_path: Path) -> None:
    if not Path(shell).exists():
        pytest.skip(f"needs {shell}")
    layout, machine = Layout(), Machine.make()
    try:
        made = ["useradd", "--create-home", "--comment", "colabwidget", "--shell", shell]
        # Other tests change accounts at the same time.
        eventually(lambda: subprocess.run([*made, machine.user]).returncode == 0)
        # Else zsh asks a new user what its files shall be.
        Path(pwd.getpwnam(machine.user).pw_dir, ".zshrc").touch()
        details = kernel_connects(machine, layout)
        side = Side(layout, details, tmp_path, layout.notebook(machine.environment))
        same = side.notebook.without(CLOSED)

        assert side.probe(side.asked) == same
        assert side.probe(text=f"{side.asked}; exit\n", terminal=True) == same
        assert side.probe(text=f"{side.asked}\n") == same
        assert side.tmux() == same
        assert side.ssh('echo "$SHELL"').strip() == shell
        side.ssh("cd && echo 'echo Welcome; export OWN=1' > .zshenv")
        assert side.ssh("echo $OWN; cat", text="text\n") == f"{1 if 'zsh' in shell else ''}\ntext\n"
        copy_files(side, tmp_path)
    finally:
        machine.close()
        layout.remove()


def bring_programs_and_libraries_that_do_not_fit(layout: Layout) -> None:
    """As conda has them first on its PATH, made for another desktop than the system's."""
    for name in (
        *("dbus-daemon", "dbus-launch", "dbus-run-session", "dbus-update-activation-environment"),
        *("xfce4-session", "xfwm4", "xfce4-panel", "xfdesktop", "xfsettingsd", "xfconf-query"),
        *("xauth", "iceauth", "xprop", "xrdb", "glxinfo", "gio", "setpriv", "setsid", "choom"),
    ):
        layout.add_tool(f"opt/bin/{name}", f"echo {name} does not fit >&2; exit 97\n")
    libraries = Path(layout.variables["LD_LIBRARY_PATH"])
    libraries.mkdir(exist_ok=True)
    for name in (
        "libglib-2.0.so.0",
        "libgtk-3.so.0",
        "libX11.so.6",
        "libdbus-1.so.3",
        "libGL.so.1",
    ):
        (libraries / name).write_bytes(b"does not fit")


@pytest.mark.skipif(not shutil.which("Xtigervnc"), reason="needs tigervnc-standalone-server")
@pytest.mark.usefixtures("only_desktop")
def test_the_desktop_is_the_system_s_and_what_is_started_on_it_has_the_notebook_s_environment(
    tmp_path: Path,
) -> None:
    layout, machine = Layout(), Machine.make()
    try:
        bring_programs_and_libraries_that_do_not_fit(layout)
        details = kernel_connects(machine, layout, "--desktop")
        side = Side(layout, details, tmp_path, layout.notebook(machine.environment))
        # Programs of ours speak plain English, so that an empty LC_ALL takes it away again.
        different = ("env PATH", "env LC_ALL")
        same = side.notebook.without(CLOSED, *different)
        panel = subprocess.check_output(["pgrep", "-u", machine.user, "xfce4-panel"], text=True)
        process = Path("/proc", panel.split()[0])
        variables = (process / "environ").read_text().strip("\0").split("\0")
        of_panel = dict(each.split("=", 1) for each in variables)
        assert of_panel["PATH"].startswith(
            "/usr/local/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:"
        )
        assert not {"LD_LIBRARY_PATH", "PYTHONPATH", "LD_PRELOAD"} & set(of_panel)
        maps = (process / "maps").read_text()
        assert "libgtk-3" in maps and str(layout.top) not in maps
        assert "OpenGL by llvmpipe" in machine.journal()

        who = pwd.getpwnam(machine.user)
        become = ["setpriv", f"--reuid={who.pw_uid}", f"--regid={who.pw_gid}", "--clear-groups"]
        entries = Path(of_panel["XDG_DATA_DIRS"].split(":")[0], "applications")
        (start,) = re.findall(r"(?m)^Exec=(.*) vim %F$", (entries / "vim.desktop").read_text())
        assert not [*entries.glob("xfce4-terminal.desktop"), *entries.glob("thunar*.desktop")]
        # What a terminal does: it starts $SHELL on a pty, where the panel is; and a menu's entry.
        for command in ('"$SHELL"', f"{start} sh"):
            shown = subprocess.run(
                [
                    *become,
                    "env",
                    "-i",
                    "--ignore-signal=PIPE",
                    *variables,
                    "script",
                    "-qec",
                    command,
                    "/dev/null",
                ],
                cwd=(process / "cwd").readlink(),
                input=f"{side.asked}; grep SigIgn: /proc/self/status; exit\n",
                capture_output=True,
                text=True,
                timeout=60,
            )
            found = Found.read(shown.stdout)
            assert found.without(*different) == same, command
            # xfce4-session ignores SIGPIPE; glibc's own are 32 and 33.
            (ignored,) = (int(each, 16) for each in re.findall(r"SigIgn:\t(\w+)", shown.stdout))
            assert ignored & ~(0b11 << 31) == 0, command
            assert f"{found['env PATH']}:".startswith(f"{side.notebook['env PATH']}:")
    finally:
        machine.close()
        layout.remove()
