"""Messages that only one view can read."""

from __future__ import annotations

import base64
import sys
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag
from hypothesis import given, settings
from hypothesis import strategies as st

from colabwidget.kernel.outbox import Outbox
from colabwidget.kernel.sealing import CannotSeal, ViewKey
from tests.kit.backend.fake_backend import PASSWORD
from tests.kit.backend.view_key import Key

SECRET = {"type": "details", "epoch": "e", "revision": 1, "details": {"password": PASSWORD}}
CURVES = ["X25519", "P-256"]
ORDERS_OF_25519 = ["00" * 32, "01" + "00" * 31, "ec" + "ff" * 30 + "7f", "ed" + "ff" * 30 + "7f"]


def sent_to(*keys: Key) -> list[dict[str, Any]]:
    """What each of these views is sent, in turn."""
    got: list[dict[str, Any]] = []
    outbox = Outbox(got.append)
    for key in keys:
        outbox.send_sealed(SECRET, ViewKey(**key.asks))
    return got


@pytest.mark.parametrize("curve", CURVES)
def test_the_view_that_asked_reads_it_and_no_other_does(curve: str) -> None:
    key = Key("v1", curve)
    (message,) = sent_to(key)
    assert PASSWORD not in str(message)
    assert key.open(message) == {**SECRET, "view": "v1", "serial": message["serial"]}
    other = Key("v1", curve)
    with pytest.raises(InvalidTag):
        other.open(message)


@pytest.mark.parametrize("curve", CURVES)
def test_it_is_bound_to_the_view_its_number_and_both_keys(curve: str) -> None:
    key = Key("v1", curve)
    one, two = sent_to(key, key)
    assert one["point"] != two["point"] and one["data"] != two["data"], "each has a key of its own"
    for changed in (
        {**one, "serial": one["serial"] + 1},
        {**one, "point": two["point"]},
        {**one, "data": two["data"]},
        {**one, "data": one["data"][:-1] + bytes([one["data"][-1] ^ 1])},
    ):
        with pytest.raises(InvalidTag):
            key.open(changed)
    key.view = "v2"
    with pytest.raises(InvalidTag):
        key.open(one)


def test_what_holds_secrets_is_sent_to_all_by_no_mistake() -> None:
    got: list[Any] = []
    with pytest.raises(ValueError):
        Outbox(got.append).send(SECRET)
    assert not got


def in_base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


@pytest.mark.parametrize(
    ("curve", "point"),
    [
        *[("X25519", in_base64(bytes.fromhex(each))) for each in ORDERS_OF_25519],
        ("X25519", ""),
        ("X25519", in_base64(b"x" * 31)),
        ("X25519", in_base64(b"x" * 32) + "\n"),
        ("X25519", "é" * 43),
        ("X25519", "\ud800"),
        ("X25519", None),
        ("X25519", ["x"]),
        ("P-256", in_base64(b"\x04" + b"\x01" * 64)),
        ("P-256", in_base64(b"\0")),
        ("P-256", in_base64(b"\x04" + b"\0" * 64)),
        ("P-256", in_base64(b"x" * 32)),
        ("P-521", in_base64(b"x" * 32)),
        ("", ""),
        ("x25519", in_base64(b"x" * 32)),
    ],
)
def test_a_key_that_is_none_is_refused(curve: str, point: object) -> None:
    with pytest.raises(CannotSeal) as refusal:
        ViewKey("v", curve, point)
    assert refusal.value.reason == "key"


def test_a_view_whose_name_is_no_text_is_refused() -> None:
    with pytest.raises(CannotSeal):
        ViewKey(**{**Key().asks, "view": "\udc80"})


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from([*CURVES, ""]) | st.text(), st.binary(max_size=70).map(in_base64) | st.text()
)
def test_any_key_is_taken_or_refused(curve: str, point: str) -> None:
    try:
        key = ViewKey("v", curve, point)
    except CannotSeal:
        return
    assert PASSWORD.encode() not in key.seal(PASSWORD.encode(), b"")[1]


class Panics:
    """Stands for a library whose compiled half does not fit to its other half."""

    def find_spec(self, name: str, *_: object) -> None:
        if name.startswith("cryptography.hazmat.primitives"):
            raise Panic


class Panic(BaseException):
    """What such a half raises: no `Exception`."""


@pytest.mark.parametrize("how", ["missing", "broken"])
def test_a_kernel_without_the_library_says_so(how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asks = Key().asks
    for name in [name for name in sys.modules if name.startswith("cryptography.hazmat")]:
        monkeypatch.delitem(sys.modules, name)
    if how == "missing":
        monkeypatch.setitem(sys.modules, "cryptography.hazmat.primitives.asymmetric", None)
    else:
        monkeypatch.setattr(sys, "meta_path", [Panics(), *sys.meta_path])
    with pytest.raises(CannotSeal) as refusal:
        ViewKey(**asks)
    assert refusal.value.reason == "library"
