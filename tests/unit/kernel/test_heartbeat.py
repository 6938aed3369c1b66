"""What pages hear of a kernel that a cell keeps from hearing them, and which kernel it is."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from colabwidget.kernel import identity
from colabwidget.kernel.heartbeat import LOOK_EVERY, Heartbeat
from tests.kit.clock import Clock


def test_a_busy_kernel_says_so_often_at_first_and_seldom_later() -> None:
    clock, said = Clock(), []
    busy = True
    heartbeat = Heartbeat(lambda pause: said.append((clock.now - 1000, pause)), lambda: busy, clock)

    def pass_seconds(seconds: float) -> None:
        end = clock.now + seconds
        while clock.now < end:
            clock.advance(heartbeat.beat())

    pass_seconds(7200)
    times = [at for at, _ in said]
    assert times[0] == 0
    for (at, pause), following in zip(said, times[1:], strict=False):
        assert following - at <= pause + LOOK_EVERY, "no later than a page expects it"
    assert len([at for at in times if at < 120]) >= 20
    assert len(times) < 400, "a server keeps them for a page that is closed"

    busy = False
    pass_seconds(3600)
    assert len(said) == len(times), "a kernel that is not busy answers instead"
    busy = True
    pass_seconds(4)
    assert said[len(times)][1] == said[0][1]


def kernel_of(connection_file: str) -> SimpleNamespace:
    return SimpleNamespace(parent=SimpleNamespace(connection_file=connection_file))


def test_a_kernel_has_its_name_through_restarts(monkeypatch: pytest.MonkeyPatch) -> None:
    places = []
    for file in ("/run/kernel-1.json", "kernel-1.json", "/run/kernel-2.json"):
        monkeypatch.setattr(identity, "current_kernel", lambda file=file: kernel_of(file))
        places.append(identity.identity()["place"])
    assert places[0] == places[1] != places[2]
    assert "kernel" not in places[0], "the name opens the kernel's files to no page"
    assert identity.identity()["began"] > 0


@pytest.mark.parametrize("kernel", [None, SimpleNamespace(parent=None), kernel_of("")])
def test_what_has_no_name_is_never_taken_for_another(
    kernel: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(identity, "current_kernel", lambda: kernel)
    assert identity.identity()["place"] == ""
