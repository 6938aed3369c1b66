"""An encoded picture, as a page's noVNC takes it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

#: Begins a NAL unit (Rec. ITU-T H.264, annex B).
START = b"\0\0\0\1"
_SHORT_START = START[1:]
_SLICE, _KEY_SLICE, _PARAMETERS = 1, 5, 7  # kinds of NAL units


class Picture(NamedTuple):
    """An encoded picture, as NAL units with start codes; a key needs none before it."""

    data: bytes
    is_key: bool


class PictureError(ValueError):
    """It is no picture that noVNC takes."""


def check_slices(units: Sequence[bytes]) -> None:
    """Check that NAL units are one picture of one slice: noVNC takes each for a picture.

    Raises
    ------
    PictureError
        If they are not.
    """
    if sum(_kind(unit) in (_SLICE, _KEY_SLICE) for unit in units) != 1:
        raise PictureError("a picture of several slices")


def read_picture(data: bytes) -> Picture:
    """Return the picture that NAL units with start codes are.

    Raises
    ------
    PictureError
        If they are no picture of one slice, or a key without its parameters.
    """
    if not data.startswith((START, _SHORT_START)):
        raise PictureError("no H.264")
    units = [unit for unit in data.split(_SHORT_START) if unit.strip(b"\0")]
    check_slices(units)
    kinds = [_kind(unit) for unit in units]
    is_key = _KEY_SLICE in kinds
    if is_key and kinds[0] != _PARAMETERS:
        raise PictureError("a key without its parameters")
    return Picture(data, is_key)


def _kind(unit: bytes) -> int:
    return unit[0] & 0x1F
