"""The product's main story in each front end, as its user goes through it."""

from __future__ import annotations

import pytest

from tests.browser.front_ends.rows import TOLD
from tests.kit.browser.card import show
from tests.kit.browser.front_ends import FrontEnd
from tests.kit.browser.story import FrontEndRow, tell
from tests.kit.machine.machine import DESKTOP_TEST, Machine
from tests.kit.rows import marked

pytestmark = [*DESKTOP_TEST]
EACH = marked({row.name: (row.name, row) for row in TOLD})


@pytest.mark.timeout(300)
@pytest.mark.parametrize(("front_end", "row"), EACH, indirect=["front_end"])
def test_the_story(front_end: FrontEnd, row: FrontEndRow, here: Machine) -> None:
    tell(row, show(front_end, here), here)
    assert front_end.foreign_requests == []
    assert [each for each in front_end.errors if not front_end.is_own_error(each)] == []
