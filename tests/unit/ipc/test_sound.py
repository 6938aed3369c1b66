"""The frames of a stream of sound, however they are cut."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from colabwidget.ipc.sound import MESSAGE, PACKET, SILENCE, Frame, FrameReader, said

FRAMES = st.lists(
    st.builds(Frame, st.sampled_from((SILENCE, PACKET, MESSAGE)), st.binary(max_size=600)),
    max_size=8,
)


@given(FRAMES, st.lists(st.integers(0, 5000), max_size=6))
def test_frames_arrive_as_they_were_sent(frames: list[Frame], cuts: list[int]) -> None:
    data = b"".join(frame.encode() for frame in frames)
    places = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    reader, came = FrameReader(), []
    for start, end in pairwise(places):
        came += reader.feed(data[start:end])
    assert came == frames


def test_a_message_to_the_page_is_a_frame() -> None:
    (frame,) = FrameReader().feed(said({"type": "progress", "text": "é", "share": 0.5}))
    assert frame.kind == MESSAGE
    assert frame.message() == {"type": "progress", "text": "é", "share": 0.5}
