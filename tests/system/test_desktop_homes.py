"""What a home holds from earlier desktops does not keep the next one from starting."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.kit.desktop.on_machine import programs
from tests.kit.machine.machine import Machine
from tests.kit.machine.ssh_client import ssh

pytestmark = pytest.mark.skipif(not shutil.which("Xtigervnc"), reason="needs a VNC server")

# A session that XFCE has saved: a terminal, and no part of the desktop.
SAVED = """\
[Session: {name}]
Client0_ClientId=24e44502d-88e5-4c61-8a89-8bf3963f77a1
Client0_Hostname=local/here
Client0_CloneCommand=xfce4-terminal
Client0_RestartCommand=xfce4-terminal,--sm-client-id,24e44502d-88e5-4c61-8a89-8bf3963f77a1
Client0_Program=xfce4-terminal
Client0_Priority=50
Client0_RestartStyleHint=0
Count=1
LastAccess=1796073368

"""
CHOSEN = """<?xml version="1.0" encoding="UTF-8"?>
<channel name="xfce4-session" version="1.0">
  <property name="general" type="empty">
    <property name="SessionName" type="string" value="Mine"/>
    <property name="FailsafeSessionName" type="string" value="Nothing"/>
    <property name="SaveOnExit" type="bool" value="true"/>
  </property>
</channel>
"""


def test_a_saved_session_in_the_home_is_left_alone(machine: Machine, tmp_path: Path) -> None:
    details = machine.connect(tunnel="direct")
    sessions = "".join(SAVED.format(name=name) for name in ("Default", "Mine", "colabwidget"))
    put = (
        "set -e; saved=~/.cache/sessions; chosen=~/.config/xfce4/xfconf/xfce-perchannel-xml;"
        f"mkdir -p $saved $chosen; printf %s '{CHOSEN}' > $chosen/xfce4-session.xml;"
        "for each in $(seq 99); do cat > $saved/xfce4-session-$(uname -n):$each <<'END'\n"
        f"{sessions}END\ndone; cat $saved/* | sha256sum"
    )
    before = ssh(details, put, folder=tmp_path)
    assert before.returncode == 0, before.stderr

    machine.run("desktop", "on")

    there = programs(machine)
    assert {"xfwm4", "xfce4-panel", "xfdesktop"} <= {*there}, machine.journal()
    machine.run("desktop", "off")
    after = ssh(details, "cat ~/.cache/sessions/* | sha256sum", folder=tmp_path)
    assert after.stdout == before.stdout
