"""The product's main story on each kind of machine, by real clients."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.kit.machine.kind import Kind, tell
from tests.kit.machine.odd_machine import OddMachine
from tests.kit.rows import params
from tests.machines import distributions, homes, rights

KINDS = [*rights.KINDS, *homes.KINDS, *distributions.KINDS]


@pytest.mark.timeout(1500)  # a desktop's packages, and at first a whole image
@pytest.mark.parametrize("kind", params(KINDS, {each.name for each in KINDS if not each.fast}))
def test_the_story(kind: Kind, made: Callable[[Kind], OddMachine]) -> None:
    tell(kind, made(kind))


def test_each_kind_is_told_to_people() -> None:
    assert len({kind.name for kind in KINDS}) == len({kind.title for kind in KINDS}) == len(KINDS)
    for kind in KINDS:
        assert kind.says.endswith(".") and not kind.title.endswith(".")
        assert kind.ways or kind.refused
