"""On the desktop, its own parts have the system's environment, other programs the notebook's."""

from __future__ import annotations

import configparser
import shlex
import subprocess
from pathlib import Path

import pytest

from colabwidget.core.plain_environment import SYSTEM_PATH
from colabwidget.desktops import launching

OWN = ("xfce4-*", "[Tt]hunar*")
NOTEBOOK = {
    "PATH": "/conda/bin:/usr/bin:/bin",
    "SHELL": "/bin/sh",
    "LD_LIBRARY_PATH": "/conda/lib",
    "XLA_FLAGS": "--a='b c' $HOME",
    "HF_HOME": "/hf",
}
MISFITS = (
    *("LD_LIBRARY_PATH", "LD_PRELOAD", "PYTHONHOME", "PYTHONPATH", "PERL5LIB", "BASH_ENV"),
    *("GTK_PATH", "GTK_MODULES", "GDK_PIXBUF_MODULE_FILE", "GIO_MODULE_DIR", "GIO_EXTRA_MODULES"),
    *("GI_TYPELIB_PATH", "GSETTINGS_SCHEMA_DIR", "G_SLICE", "GCONV_PATH", "QT_PLUGIN_PATH"),
    *("XDG_DATA_DIRS", "XDG_DATA_HOME", "XDG_CONFIG_DIRS", "XKB_CONFIG_ROOT", "FONTCONFIG_FILE"),
    *("DBUS_SESSION_BUS_ADDRESS", "SESSION_MANAGER", "LIBGL_DRIVERS_PATH", "VK_ICD_FILENAMES"),
    "__EGL_VENDOR_LIBRARY_DIRS",
)


def test_parts_see_nothing_that_names_other_programs_and_libraries(tmp_path: Path) -> None:
    given = {
        **dict.fromkeys(MISFITS, "/conda"),
        "PATH": "/conda/bin",
        "HF_HOME": "/hf",
        "LANG": "C",
    }
    parts = launching.of_parts(given, tmp_path, Path("/usr/local/bin"))
    assert "/conda" not in {value for name, value in parts.items() if name != "PATH"}
    assert parts["XDG_DATA_DIRS"] == f"{tmp_path}/data:/usr/local/share:/usr/share"
    assert (parts["HF_HOME"], parts["LANG"]) == ("/hf", "C")
    assert parts["PATH"] == f"/usr/local/bin:{SYSTEM_PATH}:/conda/bin"
    assert parts["SHELL"] == f"{tmp_path}/shell"


@pytest.fixture
def shares(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folders = [tmp_path / "local", tmp_path / "share"]
    monkeypatch.setattr(launching, "DATA_DIRS", tuple(map(str, folders)))
    for folder in folders:
        (folder / "applications" / "kde").mkdir(parents=True)
    return tmp_path


def entry(shares: Path, place: str, *lines: str) -> None:
    text = "\n".join(["[Desktop Entry]", "Type=Application", *lines, ""])
    (shares / place).write_bytes(text.encode("utf-8", "surrogateescape"))


def written(shares: Path) -> dict[str, list[str]]:
    """The programs of each entry, by its name."""
    directory = shares / "desk top"
    directory.mkdir()
    launching.write(directory, NOTEBOOK, OWN)
    found = {}
    for file in (directory / "data" / "applications").iterdir():
        parser = configparser.RawConfigParser(strict=False)
        parser.read_string(file.read_text(errors="replace"))
        assert not any(parser.has_option(each, "DBusActivatable") for each in parser.sections())
        start = f'/bin/sh "{directory}/start" '
        groups = [parser[each] for each in parser.sections() if each.startswith("Desktop ")]
        commands = [each["exec"] for each in groups]
        assert all(command.startswith(start) for command in commands), commands
        found[file.name] = [command.removeprefix(start) for command in commands]
    return found


def test_entries_of_menus_start_with_the_notebook_s_environment(shares: Path) -> None:
    editor = ["Exec = editor %F", "DBusActivatable=true", "[Desktop Action new]"]
    editor += ['Exec="/opt/the editor" --new', "[Other]", "Exec=as it is"]
    entry(shares, "share/applications/editor.desktop", *editor)
    entry(shares, "share/applications/kde/player.desktop", "Exec=player", "Name=\udcff")
    entry(shares, "share/applications/xfce4-terminal.desktop", "Exec=xfce4-terminal")
    entry(shares, "share/applications/files.desktop", "Exec=/usr/bin/Thunar %U")
    entry(shares, "share/applications/link.desktop", "URL=https://example.com")
    entry(shares, "share/applications/both.desktop", "Exec=of-the-system")
    entry(shares, "local/applications/both.desktop", "Exec=of-the-administrator")
    entry(shares, "share/applications/hidden.desktop", "Exec=hidden")
    entry(shares, "local/applications/hidden.desktop", "Hidden=true")

    found = written(shares)

    assert found.pop("editor.desktop") == ["editor %F", '"/opt/the editor" --new']
    assert found == {"kde-player.desktop": ["player"], "both.desktop": ["of-the-administrator"]}


def test_what_is_started_has_the_notebook_s_variables(tmp_path: Path) -> None:
    launching.write(tmp_path, NOTEBOOK, OWN)
    asked = 'printf "%s|" "$PATH" "$LD_LIBRARY_PATH" "$XLA_FLAGS" "$HF_HOME" "$1"'
    wanted = "|".join(
        [*(NOTEBOOK[name] for name in NOTEBOOK if name != "SHELL"), "an argument", ""]
    )
    for script in (["shell", "-c", asked], ["start", "sh", "-c", asked]):
        command = ["/bin/sh", f"{tmp_path}/{script[0]}", *script[1:], "sh", "an argument"]
        said = subprocess.check_output(command, env={"PATH": "/nowhere"}, text=True)
        assert said == wanted, shlex.join(command)


def test_a_browser_that_refuses_to_run_as_root_does_without_its_sandbox(
    shares: Path, tmp_path: Path
) -> None:
    browser = tmp_path / "chromium"
    browser.write_text('#!/bin/sh\necho "$@"\n')
    browser.chmod(0o755)
    directory = tmp_path / "desk top"
    directory.mkdir()
    entry(shares, "share/applications/chromium.desktop", "Exec=/usr/bin/chromium %U")
    entry(shares, "share/applications/other.desktop", "Exec=other chromium")

    instead = launching.without_sandbox(directory, str(tmp_path))
    launching.write(directory, NOTEBOOK, OWN, instead)

    assert [*instead] == ["chromium"]
    said = subprocess.check_output(["/bin/sh", instead["chromium"], "a page"], text=True)
    assert said == "--no-sandbox a page\n"
    entries = directory / "data" / "applications"
    start = f'Exec=/bin/sh "{directory}/start"'
    assert (
        f'{start} /bin/sh "{instead["chromium"]}" %U\n'
        in (entries / "chromium.desktop").read_text()
    )
    assert f"{start} other chromium\n" in (entries / "other.desktop").read_text()
    folder = str(Path(instead["chromium"]).parent)
    assert launching.with_browsers("/bin", directory) == f"{folder}:/bin"
    assert launching.of_parts(NOTEBOOK, directory, tmp_path)["PATH"].startswith(f"{folder}:")
    assert launching.with_browsers("/bin", tmp_path) == "/bin"


def test_a_folder_that_no_entry_could_name_has_none(tmp_path: Path) -> None:
    directory = tmp_path / "100 %"
    directory.mkdir()
    launching.write(directory, NOTEBOOK, OWN)
    assert not (directory / "data").exists()
