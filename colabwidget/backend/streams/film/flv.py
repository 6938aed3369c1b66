"""H.264 pictures out of an FLV stream, whose tags say how long they are.

A bare H.264 stream tells where a picture ends only when the next one begins.
"""

from __future__ import annotations

from colabwidget.backend.streams.film.picture import START, Picture, PictureError, check_slices

_HEADER, _TAG, _TRAILER = 9, 11, 4  # bytes: of the file, before a tag, after it
_VIDEO, _AVC, _KEY = 9, 7, 1
_CONFIGURATION, _PICTURE = 0, 1


class FlvError(PictureError):
    """It is no FLV with H.264."""


class FlvReader:
    """Takes an FLV stream in pieces of any size, and gives the pictures that are whole."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._begun = False
        self._parameters = b""

    def feed(self, data: bytes) -> list[Picture]:
        """Return the pictures that end in these bytes.

        Raises
        ------
        FlvError
            Then nothing more can be read.
        """
        self._held += data
        if not self._begun:
            if len(self._held) < _HEADER + _TRAILER:
                return []
            if not self._held.startswith(b"FLV\1"):
                raise FlvError("no FLV")
            del self._held[: _HEADER + _TRAILER]
            self._begun = True
        pictures = []
        while len(self._held) >= _TAG:
            size = int.from_bytes(self._held[1:4], "big")
            if len(self._held) < _TAG + size + _TRAILER:
                break
            tag, body = self._held[0], bytes(self._held[_TAG : _TAG + size])
            del self._held[: _TAG + size + _TRAILER]
            if tag == _VIDEO and (picture := self._video(body)):
                pictures.append(picture)
        return pictures

    def _video(self, body: bytes) -> Picture | None:
        if len(body) < 5 or body[0] & 0x0F != _AVC:
            raise FlvError("no H.264")
        if body[1] == _CONFIGURATION:
            self._parameters = _parameter_sets(body[5:])
        if body[1] != _PICTURE:
            return None
        units = _units(body[5:])
        check_slices(units)
        is_key = body[0] >> 4 == _KEY
        written = b"".join(START + unit for unit in units)
        return Picture(self._parameters + written if is_key else written, is_key)


def _parameter_sets(record: bytes) -> bytes:
    """Return the sets of an AVCDecoderConfigurationRecord (ISO/IEC 14496-15), with start codes."""
    if len(record) < 7 or record[4] & 3 != 3:
        raise FlvError("lengths of other than four bytes")
    found, place = b"", 5
    for mask in (0x1F, 0xFF):
        count, place = _byte(record, place) & mask, place + 1
        for _ in range(count):
            size = _byte(record, place) << 8 | _byte(record, place + 1)
            found += START + record[place + 2 : place + 2 + size]
            place += 2 + size
    return found


def _byte(record: bytes, place: int) -> int:
    if place >= len(record):
        raise FlvError("parameter sets are cut")
    return record[place]


def _units(data: bytes) -> list[bytes]:
    """Split NAL units, each of which is led by its length."""
    found, place = [], 0
    while place < len(data):
        size = int.from_bytes(data[place : place + 4], "big")
        unit = data[place + 4 : place + 4 + size]
        if not size or len(unit) < size:
            raise FlvError("a NAL unit is cut")
        found.append(unit)
        place += 4 + size
    return found
