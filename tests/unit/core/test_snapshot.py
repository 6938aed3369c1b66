"""The phases of a session, which follow each other by a table, and the snapshot that travels."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from colabwidget.core import phase as phases
from colabwidget.core.errors import ColabWidgetError
from colabwidget.core.phase import PHASES, TRANSITIONS, Phase
from colabwidget.core.snapshot import Snapshot


def test_every_event_leads_from_a_phase_to_a_phase() -> None:
    phases = {phase for phase, _ in TRANSITIONS} | set(TRANSITIONS.values())
    assert phases == set(PHASES)


def test_every_phase_can_be_reached_and_left_and_all_lead_back_to_idle() -> None:
    for start in PHASES:
        reached: set[Phase] = set()
        more: set[Phase] = {start}
        while more:
            reached |= more
            more = {
                after for (before, _), after in TRANSITIONS.items() if before in reached
            } - reached
        assert reached == set(PHASES), start


@pytest.mark.parametrize("phase", ["working", "connected", "reconnecting"])
def test_a_session_that_goes_on_can_fail_and_can_be_closed(phase: Phase) -> None:
    assert TRANSITIONS[phase, "close"] == "closing"
    assert TRANSITIONS[phase, "fail"] == "failed"


def test_a_session_is_started_only_where_none_is() -> None:
    starts = {before for (before, event) in TRANSITIONS if event == "connect"}
    assert starts == {"idle", "failed"}


@pytest.mark.parametrize(
    ("tell", "those"),
    [
        (phases.is_resting, {"idle", "failed"}),
        (phases.is_going_on, {"working", "connected", "reconnecting"}),
        (phases.is_open, {"connected", "reconnecting"}),
        (phases.is_connecting, {"working", "reconnecting"}),
        (phases.is_changing, {"working", "reconnecting", "closing"}),
    ],
)
def test_a_predicate_holds_in_these_phases(tell: Callable[[str], bool], those: set[str]) -> None:
    assert {phase for phase in PHASES if tell(phase)} == those


def test_a_session_is_begun_in_the_phases_that_rest_and_closed_in_all_that_go_on() -> None:
    assert {before for before, event in TRANSITIONS if event == "connect"} == {
        phase for phase in PHASES if phases.is_resting(phase)
    }
    assert all((phase, "close") in TRANSITIONS for phase in PHASES if phases.is_going_on(phase))


def test_a_snapshot_arrives_as_it_was_sent() -> None:
    sent = Snapshot(
        epoch="e",
        phase="failed",
        steps=[{"name": "check"}],
        error=ColabWidgetError("no_network").info,
        options={"tunnel": "direct"},
        endpoint={"host": "h", "port": 1},
        elapsed=1.5,
        desktop={"phase": "connected", "error": None},
        kept=True,
    )
    arrived = Snapshot.from_dict(json.loads(json.dumps(sent.as_dict())))
    assert vars(arrived) == vars(sent)


@pytest.mark.parametrize(
    "values",
    [None, [], {"phase": "asleep"}, {"revision": "1"}, {"steps": [1]}, {"other": "secret"}],
)
def test_what_is_no_snapshot_is_refused(values: Any) -> None:
    with pytest.raises(ColabWidgetError) as raised:
        Snapshot.from_dict(values)
    assert raised.value.code == "message_invalid"
    assert "asleep" not in f"{raised.value}" and "secret" not in f"{raised.value}"
