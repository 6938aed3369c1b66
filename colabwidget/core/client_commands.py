"""Other programs that go the same way in: editors, copying, PuTTY; as lines to copy and links."""

from __future__ import annotations

import re
from typing import TypedDict
from urllib.parse import quote, urlencode

from colabwidget.core.endpoint import Endpoint
from colabwidget.core.quoting import cmd, powershell, quoted
from colabwidget.core.ssh_address import bracketed

ALIAS = "colabwidget"
#: What a user's computer runs to be paired, and to be attached.
PAIR_COMMAND = "python -m colabwidget through pair"
ATTACH_COMMAND = "python -m colabwidget attach"
#: What gives a shell where there is no sshd.
SHELL_COMMAND = f"python -m colabwidget through shell {ALIAS}"
ONCE = {"PAIR_COMMAND": PAIR_COMMAND, "ATTACH_COMMAND": ATTACH_COMMAND}
NOTEBOOK_PORT = 8888  # Jupyter's own
_SIMPLE = re.compile(r"[\w.-]+", re.ASCII)  # an account's name that is no address itself
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
# Goes on with a session of that name, else begins it.
_TMUX = f"tmux new -A -s {ALIAS}"
_NEEDS_CONFIG = "Needs the ssh config block in ~/.ssh/config."


class Tool(TypedDict):
    """A program that goes the same way in.

    ``text`` is what is copied, ``url`` what opens it, ``note`` a short sentence; each may be empty.
    """

    name: str
    title: str
    text: str
    url: str
    note: str


class ClientCommands:
    """The way to an account, in the words of each program.

    Parameters
    ----------
    endpoint
        Where clients connect to.
    user, folder
        The account, and where its sessions land; the folder may be empty.
    """

    def __init__(self, endpoint: Endpoint, user: str, folder: str) -> None:
        self._endpoint = endpoint
        self._user = user
        self._folder = folder
        host = endpoint.host
        self._who = quoted(f"{user}@{host}")
        self._place = bracketed(host)

    @property
    def plain(self) -> bool:
        """Whether host and port are enough to get there."""
        return not (self._endpoint.proxy or self._endpoint.jump)

    def command(self, *before: str) -> str:
        """Return ssh's command line; ``before`` are options of its own."""
        return " ".join(["ssh", *before, *self._options("-p"), self._who])

    def config(self) -> str:
        """Return the way as a block for ``~/.ssh/config``."""
        at = self._endpoint
        lines = {
            "HostName": at.host.replace("%", "%%"),  # of an IPv6 address with its interface
            "Port": str(at.port),
            "User": self._user,
            "ProxyCommand": at.proxy,
            "ProxyJump": "" if at.proxy else at.jump,
            "HostKeyAlias": self.key_alias,
            "ServerAliveInterval": "30",
        }
        words = [f"  {name} {value}\n" for name, value in lines.items() if value]
        return f"Host {ALIAS}\n" + "".join(words)

    @property
    def key_alias(self) -> str:
        """Name of the host key in the block, where ``localhost`` would mean many machines."""
        at = self._endpoint
        if self.plain or at.host not in _LOOPBACK:
            return ""
        over = _host_and_port(at.jump)[0].rpartition("@")[2] if at.jump else ALIAS
        return f"{over}:{at.port}".lower()

    def known_hosts(self, host_key: str) -> str:
        """Return the host key as a line of ``known_hosts``, under each name that ssh looks for."""
        at = self._endpoint
        names = [at.host if at.port == 22 else f"[{at.host}]:{at.port}", self.key_alias]
        return f"{','.join(filter(None, names))} {host_key}"

    @property
    def authority(self) -> str:
        """Who and where, as editors name it; the alias where only the block can say it."""
        if not (self.plain and _SIMPLE.fullmatch(self._user)):
            return ALIAS
        return f"{self._user}@{self._place}:{self._endpoint.port}"

    def vscode_url(self) -> str:
        """Return a link that opens VS Code."""
        return f"vscode://vscode-remote/ssh-remote+{self.authority}{quote(self._folder)}"

    def tools(self, fingerprint: str, password: bool, *, tmux: bool = False) -> list[Tool]:
        """Return the other programs.

        Parameters
        ----------
        fingerprint
            Of the host key.
        password
            Whether one signs in with a password; else with a key.
        tmux
            Whether the machine has it.
        """
        return [
            *([self._tmux()] if tmux else []),
            self._code(),
            _tool(
                "vscode_server",
                "VS Code's server in advance",
                f"{ATTACH_COMMAND} --vscode",
                note="The machine fetches it while you sign in for the first time.",
            ),
            self._gateway(),
            *self._copying(),
            _tool(
                "forward",
                "Forward a port",
                self.command("-N", "-L", f"{NOTEBOOK_PORT}:localhost:{NOTEBOOK_PORT}"),
                note=f"Then open http://localhost:{NOTEBOOK_PORT}. TensorBoard's port is 6006.",
            ),
            self._windows(),
            *self._putty(fingerprint, password),
        ]

    def _options(self, port: str) -> list[str]:
        """Return what OpenSSH's programs need to get there; ``port`` is what they call a port."""
        at = self._endpoint
        way = [f"-o ProxyCommand={quoted(at.proxy)}"] if at.proxy else []
        way += [f"-J {quoted(at.jump)}"] if at.jump and not at.proxy else []
        return way + ([f"{port} {at.port}"] if at.port != 22 else [])

    def _remote(self, path: str) -> str:
        return f"{self._user}@{self._place}:{path}"

    def _below(self, name: str) -> str:
        return f"{self._folder.rstrip('/')}/{name}" if self._folder else name

    def _code(self) -> Tool:
        words = ["code", "--remote", quoted(f"ssh-remote+{self.authority}")]
        words += [quoted(self._folder)] if self._folder else []
        note = "" if self.plain else _NEEDS_CONFIG
        return _tool("code", "VS Code in a terminal", " ".join(words), note=note)

    def _tmux(self) -> Tool:
        return _tool(
            "tmux",
            "A shell that stays (tmux)",
            f"{self.command('-t')} {_TMUX}",
            note="It goes on when the connection ends; the same command comes back to it. On a "
            "computer that is attached with --tmux, ssh by name does.",
        )

    def _gateway(self) -> Tool:
        """Return JetBrains' own program.

        The link has the form that their backend prints; as no IDE is there yet, it opens the
        form where one is chosen.
        """
        at = self._endpoint
        title, folder = "JetBrains Gateway", self._folder
        if not self.plain:
            note = f"{_NEEDS_CONFIG} Then give it {ALIAS} as the host."
            return _tool("gateway", title, note=note)
        values = {"type": "ssh", "deploy": "false", "host": at.host, "port": at.port}
        values |= {"user": self._user, "projectPath": folder}
        url = "jetbrains-gateway://connect#" + urlencode(values, quote_via=quote)
        values_of_form = (f"user {self._user}", f"host {at.host}", f"port {at.port}")
        note = f"In its form: {', '.join(values_of_form)}, folder {folder or 'any'}."
        return _tool("gateway", title, url=url, note=note)

    def _copying(self) -> list[Tool]:
        remote, options = self._remote(self._folder), self._options("-P")
        into = quoted(self._remote(self._below("")))
        # What a folder's name has of a shell's signs, older ones would take for that.
        odd = quoted(self._folder or ".") != (self._folder or ".")
        scp = ["scp", *(["-s"] if odd else []), *options, "-r"]
        carried = ["ssh", *self._carried()]
        rsync = ["rsync", "-av", *(["-s"] if odd else []), "-e", quoted(" ".join(carried))]
        out = quoted(self._remote(self._below("FILE")))
        return [
            _tool("sftp", "sftp", " ".join(["sftp", *options, quoted(remote)])),
            _tool("scp-to", "scp to the machine", " ".join([*scp, "FILE", into])),
            _tool("scp-from", "scp from the machine", " ".join([*scp, out, "."])),
            _tool(
                "rsync",
                "rsync",
                " ".join([*rsync, "FOLDER", into]),
                note="Both sides need rsync. Run it again and it sends only what has changed.",
            ),
        ]

    def _carried(self) -> list[str]:
        """Return ssh's options for rsync, which takes them apart by quotes of its own."""
        at = self._endpoint
        words = ["-o", _rsync(f"ProxyCommand={at.proxy}")] if at.proxy else []
        words += ["-J", at.jump] if at.jump and not at.proxy else []
        return words + (["-p", str(at.port)] if at.port != 22 else [])

    def _windows(self) -> Tool:
        at = self._endpoint
        words = ["ssh"]
        words += ["-o", powershell(f"ProxyCommand={at.proxy}")] if at.proxy else []
        words += ["-J", powershell(at.jump)] if at.jump and not at.proxy else []
        words += ["-p", str(at.port)] if at.port != 22 else []
        return _tool(
            "windows",
            "Windows PowerShell",
            " ".join([*words, self._who]),
            note="ssh is in Windows: Settings, Optional features, OpenSSH Client.",
        )

    def _putty(self, fingerprint: str, password: bool) -> list[Tool]:
        """Return PuTTY's programs; they take a fingerprint as ``ssh`` shows it since 0.75."""
        at = self._endpoint
        options = ["-hostkey", fingerprint]
        options += ["-P", str(at.port)] if at.port != 22 else []
        if at.proxy:
            options += ["-proxycmd", cmd(_putty_words(at.proxy))]
        elif at.jump:
            over, port = _host_and_port(at.jump)
            server = " ".join([*(["-P", port] if port else []), over])
            options += ["-proxycmd", cmd(f"plink -batch -nc %host:%port {server}")]
        note = "" if password else "PuTTYgen makes a FILE.ppk of your key; add -i FILE.ppk."
        if at.jump and not at.proxy:
            note = f"Have your key in Pageant, and run once before: plink {server}. {note}"
        into = cmd(self._remote(self._below("")))
        signs_in = " ".join(["-ssh", *options, self._who])
        return [
            _tool("putty", "PuTTY", f"putty {signs_in}", note=note.strip()),
            _tool("plink", "plink, PuTTY in a terminal", f"plink {signs_in}"),
            _tool("pscp", "pscp, PuTTY's copying", " ".join(["pscp", *options, "FILE", into])),
        ]


def _tool(name: str, title: str, text: str = "", url: str = "", note: str = "") -> Tool:
    return {"name": name, "title": title, "text": text, "url": url, "note": note}


def _rsync(word: str) -> str:
    """Return a word within rsync's -e: between quotes of one kind, that kind is doubled."""
    return "'" + word.replace("'", "''") + "'"


def _putty_words(proxy: str) -> str:
    """Return OpenSSH's ProxyCommand in PuTTY's words, where a backslash has a meaning, too."""
    tokens = {"h": "%host", "n": "%host", "p": "%port", "r": "%user", "%": "%%"}
    text = proxy.replace("\\", "\\\\")
    return re.sub("%(.)", lambda token: tokens.get(token[1], token[0]), text)


def _host_and_port(server: str) -> tuple[str, str]:
    """Take ``user@host:port`` apart into ``user@host`` and port; brackets go."""
    who, at, place = server.rpartition("@")
    host, port = place, ""
    if place.startswith("["):
        host, _, port = place[1:].partition("]")
        port = port.removeprefix(":")
    elif ":" in place:
        host, _, port = place.partition(":")
    return f"{who}{at}{host}", port
