"""What other programs are given to go the same way in, read back as they would read it."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from colabwidget.control.ssh_config_file import check, write
from colabwidget.core.client_commands import Tool
from colabwidget.core.details import ssh_details
from colabwidget.core.endpoint import Endpoint
from colabwidget.core.errors import ColabWidgetError
from colabwidget.core.quoting import cmd, powershell, quoted
from colabwidget.core.secrets import Secret
from colabwidget.core.ssh_address import fingerprint
from tests.kit.backend.fake_backend import HOST_KEY
from tests.kit.endpoints import ENDPOINTS, JUMP, PLAIN, PROXY, QUOTES, SIX

FOLDERS = ["/content", "/my notes", "/it's", '/say "so"', "/$HOME/`id`", "/ü\\ö!", "/"]
WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\0\n\r"), min_size=1)


def tools(endpoint: Endpoint, folder: str = "/content", password: bool = True) -> dict[str, Tool]:
    secret = Secret("pw") if password else None
    ssh = ssh_details(endpoint, "colab", folder, [HOST_KEY], secret, verified=True)
    assert len({tool["name"] for tool in ssh.tools}) == len(ssh.tools)
    return {tool["name"]: tool for tool in ssh.tools}


def windows_arguments(line: str) -> list[str]:
    """What a program on Windows finds (CommandLineToArgvW, "Parsing C command-line arguments")."""
    found: list[str] = []
    word, quoted_now, started = "", False, False
    for part in re.findall(r'\\*"|\\+|[ \t]|[^\\" \t]+', line):
        if part.endswith('"'):
            slashes = len(part) - 1
            word, started = word + "\\" * (slashes // 2), True
            if slashes % 2:
                word += '"'
            else:
                quoted_now = not quoted_now
        elif part in " \t" and not quoted_now:
            if started:
                found.append(word)
            word, started = "", False
        else:
            word, started = word + part, True
    return [*found, word] if started else found


def as_powershell_hands_on(text: str) -> list[str]:
    """The words of a line in PowerShell 5: single quotes, and no care for inner double quotes."""
    line = []
    for part in re.findall(r"'(?:[^']|'')*'|[^' ]+", text):
        word = part[1:-1].replace("''", "'") if part.startswith("'") else part
        line.append(f'"{word}"' if " " in word or "\t" in word else word)
    return windows_arguments(" ".join(line))


@given(WORDS)
def test_a_word_for_sh_is_that_word_for_sh(word: str) -> None:
    assert shlex.split(quoted(word)) == [word]


@given(WORDS)
def test_a_word_for_cmd_is_that_word_for_windows_programs(word: str) -> None:
    assert windows_arguments(f"first {cmd(word)} last") == ["first", word, "last"]


@given(WORDS)
def test_a_word_in_double_quotes_is_the_same_word_for_all(word: str) -> None:
    text = quoted(word)
    assume(text.startswith('"'))
    assert windows_arguments(text) == [word]
    assert not set(word) & set("$`")  # what PowerShell would look into


@given(st.text("abc '\"-%=@:/", min_size=1))
def test_a_word_for_powershell_reaches_the_program(word: str) -> None:
    assume(not word.startswith('"'))
    assert as_powershell_hands_on(powershell(word)) == [word]


def test_plain_words_stay_readable() -> None:
    for word in ("colab@1.tcp.eu.ngrok.io:/content", "ssh-remote+a@b:1", "SHA256:ab+/c"):
        assert quoted(word) == cmd(word) == powershell(word) == word


def test_what_most_people_are_shown() -> None:
    texts = {name: tool["text"] for name, tool in tools(PLAIN).items()}
    at = "colab@1.tcp.eu.ngrok.io"
    shown = fingerprint(HOST_KEY)
    assert texts == {
        "code": f"code --remote ssh-remote+{at}:12345 /content",
        "vscode_server": "python -m colabwidget attach --vscode",
        "gateway": "",
        "sftp": f"sftp -P 12345 {at}:/content",
        "scp-to": f"scp -P 12345 -r FILE {at}:/content/",
        "scp-from": f"scp -P 12345 -r {at}:/content/FILE .",
        "rsync": f'rsync -av -e "ssh -p 12345" FOLDER {at}:/content/',
        "forward": f"ssh -N -L 8888:localhost:8888 -p 12345 {at}",
        "windows": f"ssh -p 12345 {at}",
        "putty": f"putty -ssh -hostkey {shown} -P 12345 {at}",
        "plink": f"plink -ssh -hostkey {shown} -P 12345 {at}",
        "pscp": f"pscp -hostkey {shown} -P 12345 FILE {at}:/content/",
    }


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=str)
@pytest.mark.parametrize("folder", FOLDERS)
def test_a_shell_finds_the_words_that_were_meant(endpoint: Endpoint, folder: str) -> None:
    found = {name: shlex.split(tool["text"]) for name, tool in tools(endpoint, folder).items()}
    place = f"colab@[{endpoint.host}]" if ":" in endpoint.host else f"colab@{endpoint.host}"
    below = f"{folder.rstrip('/')}/"
    port = [] if endpoint.port == 22 else [str(endpoint.port)]
    assert found["code"][-1] == folder
    assert found["sftp"][-1] == f"{place}:{folder}"
    assert found["scp-to"][-1] == found["rsync"][-1] == f"{place}:{below}"
    assert found["scp-from"][-2:] == [f"{place}:{below}FILE", "."]
    for name in ("sftp", "scp-to", "forward"):
        words = found[name]
        if endpoint.proxy:
            assert words[words.index("-o") + 1] == f"ProxyCommand={endpoint.proxy}"
        if endpoint.jump:
            assert words[words.index("-J") + 1] == endpoint.jump
        flag = "-p" if name == "forward" else "-P"
        assert words[words.index(flag) + 1 :][:1] == port if port else flag not in words


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=str)
def test_windows_reads_its_lines_as_they_are_meant(endpoint: Endpoint) -> None:
    found = tools(endpoint, "/it's my folder")
    words = as_powershell_hands_on(found["windows"]["text"])
    assert words[-1] == f"colab@{endpoint.host}"
    if endpoint.proxy:
        assert f"ProxyCommand={endpoint.proxy}" in words
    words = windows_arguments(found["pscp"]["text"])
    assert words[-1].endswith(":/it's my folder/") and words[-2] == "FILE"
    if endpoint is PROXY:
        assert "cloudflared access ssh --hostname %host" in words
    if endpoint is QUOTES:
        assert """carry "two words" 'and $more' %host:%port""" in words
    if endpoint is JUMP:
        assert "plink -batch -nc %host:%port -P 2200 ada@Relay.example.net" in words


@pytest.mark.parametrize("endpoint", [PLAIN, SIX], ids=str)
@pytest.mark.parametrize("folder", FOLDERS)
def test_links_say_who_where_and_which_folder(endpoint: Endpoint, folder: str) -> None:
    ssh = ssh_details(endpoint, "colab", folder, [HOST_KEY], None, verified=True)
    link = urlsplit(ssh.vscode_url)
    assert (link.scheme, link.netloc) == ("vscode", "vscode-remote")
    place, at, path = unquote(link.path).partition("/ssh-remote+")[2].partition("/")
    assert f"/{path}" == folder and at
    who, _, where = place.partition("@")
    host, _, port = where.rpartition(":")
    assert (who, host.strip("[]"), int(port)) == ("colab", endpoint.host, endpoint.port)

    link = urlsplit(tools(endpoint, folder)["gateway"]["url"])
    assert (link.scheme, link.netloc) == ("jetbrains-gateway", "connect")
    assert parse_qs(link.fragment, strict_parsing=True) == {
        "type": ["ssh"],
        "deploy": ["false"],
        "host": [endpoint.host],
        "port": [str(endpoint.port)],
        "user": ["colab"],
        "projectPath": [folder],
    }


@pytest.mark.parametrize("endpoint", [JUMP, PROXY], ids=str)
def test_editors_take_the_block_where_a_link_cannot_say_the_way(endpoint: Endpoint) -> None:
    ssh = ssh_details(endpoint, "colab", "/content", [HOST_KEY], None, verified=True)
    found = tools(endpoint)
    assert ssh.vscode_url == "vscode://vscode-remote/ssh-remote+colabwidget/content"
    assert found["code"]["text"] == "code --remote ssh-remote+colabwidget /content"
    for name in ("code", "gateway"):
        assert "~/.ssh/config" in found[name]["note"] and not found[name]["url"]


def test_who_signs_in_with_a_key_hears_of_putty_s_own_form() -> None:
    assert ".ppk" in tools(PLAIN, password=False)["putty"]["note"]
    assert tools(PLAIN)["putty"]["note"] == ""
    assert "plink -P 2200 ada@Relay.example.net." in tools(JUMP)["putty"]["note"]


def test_without_a_folder_no_line_has_half_a_path() -> None:
    found = {name: tool["text"] for name, tool in tools(PLAIN, "").items()}
    assert found["code"] == "code --remote ssh-remote+colab@1.tcp.eu.ngrok.io:12345"
    assert found["sftp"] == "sftp -P 12345 colab@1.tcp.eu.ngrok.io:"
    assert found["scp-to"] == "scp -P 12345 -r FILE colab@1.tcp.eu.ngrok.io:"


def test_what_is_not_ours_stays_as_it_is(tmp_path: Path) -> None:
    own, link, folder = (tmp_path / name for name in ("config", "link", "folder"))
    own.write_text("Host home\n  HostName 10.0.0.1\n")
    link.symlink_to(tmp_path / "nowhere")
    folder.mkdir()
    for path in (own, link, folder):
        for attempt in (lambda path: check(path), lambda path: write(path, "Host colabwidget\n")):
            with pytest.raises(ColabWidgetError) as refused:
                attempt(path)
            assert refused.value.code == "config_not_ours"
    assert own.read_text() == "Host home\n  HostName 10.0.0.1\n"
    assert link.is_symlink() and not (tmp_path / "nowhere").exists()
    with pytest.raises(ColabWidgetError) as refused:
        check(tmp_path / "no" / "such" / "folder")
    assert refused.value.code == "config_unwritable"


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=str)
def test_a_shell_that_stays_is_offered_where_tmux_is_there(endpoint: Endpoint) -> None:
    assert "tmux" not in tools(endpoint)
    ssh = ssh_details(endpoint, "colab", "/", [HOST_KEY], None, verified=True, tmux=True)
    text = next(tool["text"] for tool in ssh.tools if tool["name"] == "tmux")
    words = shlex.split(text)
    assert words[:2] == ["ssh", "-t"] and words[-5:] == ["tmux", "new", "-A", "-s", "colabwidget"]
    assert shlex.split(ssh.command)[1:] == words[2:-5]
