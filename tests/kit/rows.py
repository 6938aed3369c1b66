"""Parameters of a test that have names, and which of them `make test` leaves to `make slow`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

import pytest


def params(rows: Iterable[Any], slow: Collection[str] = ()) -> list[Any]:
    """Give rows as parameters, each with its name as its id.

    Parameters
    ----------
    rows
        What a test is tried with: with a ``name``, else a row's text is its name.
    slow
        Names of those that are marked ``slow``: variants of a row that stays, and long waits.
    """
    return marked({getattr(row, "name", str(row)): (row,) for row in rows}, slow)


def marked(values: Mapping[str, tuple[Any, ...]], slow: Collection[str] = ()) -> list[Any]:
    """Give tuples of values as parameters with their ids; see `params` for `slow`."""
    unknown = {*slow} - {*values}
    assert not unknown, f"no such rows: {sorted(unknown)}"
    return [
        pytest.param(*each, id=name, marks=[pytest.mark.slow] if name in slow else [])
        for name, each in values.items()
    ]
