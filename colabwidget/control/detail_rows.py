"""How to sign in, row by row: for a terminal, and for the output of a cell."""

from __future__ import annotations

from typing import Any, NamedTuple

from colabwidget.core.client_commands import ATTACH_COMMAND, PAIR_COMMAND


class DetailRow(NamedTuple):
    """One row.

    Parameters
    ----------
    label
        What it is; empty for one that belongs to the row above.
    text
        What is copied.
    before, after
        What is read around it.
    secret
        Where the details have the text, if it must not be written where it stays, such as in the
        output of a cell; such as ``ssh.password``. Else empty.
    code
        Whether the text is typed or compared, and not a sentence.
    """

    label: str
    text: str
    before: str = ""
    after: str = ""
    secret: str = ""
    code: bool = True


def detail_rows(details: dict[str, Any]) -> list[DetailRow]:
    """Return the rows of a connection's details, without those that there are not.

    Parameters
    ----------
    details
        As `colabwidget.core.details.Details.as_dict` gives them; without passwords, their rows are
        left out.
    """
    ssh, desktop = details["ssh"], details["desktop"]
    rows = [*(_ssh_rows(ssh) if ssh else ()), *(_desktop_rows(desktop) if desktop else ())]
    return [row for row in rows if row.text]


def _ssh_rows(ssh: dict[str, Any]) -> list[DetailRow]:
    needs = ssh["client"] or {"ways": []}
    pairing = ssh.get("pairing")
    verified = " (verified)" if ssh["verified"] else ""
    return [
        *(DetailRow("Needs", way["value"], after=f"  ({way['title']})") for way in needs["ways"]),
        *(
            (
                DetailRow("Once, run", PAIR_COMMAND, after="  (on your computer)"),
                DetailRow("Pairing string", pairing, "", "  (good once)", "ssh.pairing"),
            )
            if pairing
            else ()
        ),
        DetailRow("SSH command", ssh["command"]),
        DetailRow("Password", ssh.get("password") or "", secret="ssh.password"),
        DetailRow("Host key", ssh["fingerprint"], after=verified),
        DetailRow("", ssh["rsa_fingerprint"], after=" (RSA, for older clients)"),
        DetailRow("Starts in folder", ssh["folder"]),
        DetailRow("VS Code", ssh["vscode_url"]),
        *(
            (
                DetailRow("For a name, run", ATTACH_COMMAND, after="  (on your computer)"),
                DetailRow("Attach string", attaching, "", "  (good once)", "ssh.attaching"),
            )
            if (attaching := ssh.get("attaching"))
            else ()
        ),
        *(DetailRow("Note", notice, code=False) for notice in ssh["notices"]),
    ]


def _desktop_rows(desktop: dict[str, Any]) -> list[DetailRow]:
    unused = f" ({desktop['unused_gpu']} is not used)" if desktop["unused_gpu"] else ""
    return [
        DetailRow("Desktop", desktop["forward_command"], before="1. "),
        DetailRow("", desktop["viewer_address"], before="2. open ", after=" in a VNC viewer"),
        DetailRow("VNC password", desktop.get("password") or "", secret="desktop.password"),
        DetailRow(
            "View-only",
            desktop.get("view_only_password") or "",
            secret="desktop.view_only_password",
        ),
        DetailRow("VNC server", desktop["server"], code=False),
        DetailRow("OpenGL", desktop["renderer"] + unused, code=False),
    ]
