"""Whatever people paste, the token is taken out of it, and nothing ever shows a secret."""

from __future__ import annotations

import copy
import json
import logging
import pickle
from dataclasses import asdict, dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from colabwidget.core.errors import ColabWidgetError
from colabwidget.core.secrets import MASK, Secret, new_password
from colabwidget.tunnels.registry import BUILT_IN
from colabwidget.tunnels.validation import parse_token

TOKEN = "2abcDEFghiJKLmnoPQRstuVWXyz0_1ABCdefGHIjklMNOpqr"
LOOK_ALIKES = set("0O1lI")

NGROK = BUILT_IN["ngrok"]
PASTED = [
    "{}",
    "  {}\n",
    "\t{}\r\n",
    "\u00a0{}\u00a0",
    '"{}"',
    "'{}'",
    "`{}`",
    "“{}”",
    "‘{}’",
    "<{}>",
    "{};",
    "{},",
    "ngrok config add-authtoken {}",
    "ngrok config add-authtoken   {}  \n",
    "ngrok config add-authtoken '{}'",
    'ngrok config add-authtoken "{}"',
    "ngrok config add-authtoken={}",
    "$ ngrok config add-authtoken {}",
    "!ngrok config add-authtoken {}",
    "./ngrok authtoken {}",
    "ngrok authtoken {}",
    "$ ngrok authtoken {}",
    "!ngrok authtoken {}",
    '"ngrok config add-authtoken {}"',
    "ngrok config add-authtoken {} --log=stdout",
    "--authtoken {}",
    "--authtoken={}",
    "authtoken: {}",
    "authtoken:{}",
    "authtoken: '{}'",
    "authtoken = {}",
    'version: "3"\nagent:\n    authtoken: {}\n',
    "NGROK_AUTHTOKEN={}",
    "NGROK_AUTHTOKEN='{}'",
    "export NGROK_AUTHTOKEN={}",
    'export NGROK_AUTHTOKEN="{}"',
    "%env NGROK_AUTHTOKEN={}",
]


@pytest.mark.parametrize("pasted", PASTED)
def test_the_token_is_taken_out_of_what_was_pasted(pasted: str) -> None:
    assert parse_token(pasted.format(TOKEN), NGROK) == Secret(TOKEN)


@given(
    st.from_regex(r"[A-Za-z0-9]{20,40}_[A-Za-z0-9]{15,40}", fullmatch=True),
    st.sampled_from(PASTED[:24]),
)
def test_so_is_every_token(token: str, pasted: str) -> None:
    assert parse_token(pasted.format(token), NGROK).reveal() == token


@pytest.mark.parametrize(
    "shape", ["cr_2abcDEFghiJKLmnoPQRstuVWX", "a-b.c" * 8, "x" * 16, "y" * 200]
)
def test_unusual_shapes_are_tokens_too(shape: str) -> None:
    assert parse_token(shape, NGROK).reveal() == shape


@pytest.mark.parametrize("nothing", ["", "   ", "\n\n", '""', "''", "authtoken:", "''  \"\""])
def test_nothing_is_said_to_be_missing(nothing: str) -> None:
    with pytest.raises(ColabWidgetError) as raised:
        parse_token(nothing, NGROK)
    assert raised.value.code == "token_missing"
    assert raised.value.info["field"] == "token"


@pytest.mark.parametrize(
    ("pasted", "reason"),
    [
        ("hunter2secret", "It is too short."),
        ("my ngrok password that I know", "It has spaces inside."),
        (f"{TOKEN} {TOKEN}x", "It has spaces inside."),
        ("pässwörter-sind-keine-token", "It has characters that no authtoken has"),
        ("s3cret" * 40, "or is too long."),
        ("https://dashboard.ngrok.com/get-started/your-authtoken", "It has characters"),
    ],
)
def test_what_cannot_be_a_token_is_refused_with_the_reason(pasted: str, reason: str) -> None:
    with pytest.raises(ColabWidgetError) as raised:
        parse_token(pasted, NGROK)
    assert raised.value.code == "token_unusable"
    assert reason in raised.value.info["cause"]


@given(st.text() | st.text("abc123 :=\"'-\n", min_size=1, max_size=300))
def test_no_error_repeats_what_was_pasted(pasted: str) -> None:
    # Marked, so that a word which the texts hold anyway is not taken for the pasted one.
    marked = " ".join(f"ZQ{word}QZ" for word in pasted.split())
    try:
        parse_token(marked, NGROK)
    except ColabWidgetError as error:
        assert "ZQ" not in f"{error!r}{error}{error.info}{error.__cause__}{error.__context__}"


def ways_to_show(secret: Secret) -> list[str]:
    return [
        str(secret),
        repr(secret),
        f"{secret}",
        f"{secret!r}",
        f"{secret!s}",
        "%s" % secret,  # noqa: UP031 - one more way in which people print
        "%r" % (secret,),  # noqa: UP031
        "{}".format(secret),  # noqa: UP032
        str([secret]),
        str({"password": secret}),
        str(ValueError(secret)),
        repr(ColabWidgetError("internal", reason=secret)),
        logging.LogRecord("n", 20, "p", 1, "%s", (secret,), None).getMessage(),
    ]


@given(st.text(min_size=1))
def test_a_secret_never_shows_itself(value: str) -> None:
    # Between marks, since a short value such as "e" stands in every text.
    marked = f"<{value}>"
    for shown in ways_to_show(Secret(marked)):
        assert marked not in shown
        assert MASK in shown


def test_a_secret_is_not_told_by_what_copies_and_saves() -> None:
    secret = Secret(TOKEN)

    @dataclass
    class Holder:
        password: Secret
        others: list[Secret] = field(default_factory=list)

    holder = Holder(secret, [secret])
    assert TOKEN not in repr(holder) + ascii(holder)
    for save in (pickle.dumps, copy.copy, copy.deepcopy, json.dumps, vars):
        with pytest.raises(TypeError) as raised:
            save(secret)
        assert TOKEN not in str(raised.value)
    with pytest.raises(TypeError):
        asdict(holder)
    with pytest.raises(TypeError) as raised:
        format(secret, ">80")
    assert TOKEN not in str(raised.value)


def test_secrets_compare_by_value_and_only_with_each_other() -> None:
    assert Secret("one") == Secret("one") != Secret("two")
    assert Secret("one") != "one"
    assert len({Secret("one"), Secret("one")}) == 1
    assert Secret("x") and not Secret("")
    assert Secret("päss") == Secret("päss")


def test_passwords_are_fresh_long_and_easy_to_copy() -> None:
    passwords = [new_password().reveal() for _ in range(300)]
    assert len(set(passwords)) == len(passwords)
    used = set("".join(passwords))
    # Letters and digits only: a double click selects all of it.
    assert all(char.isascii() and char.isalnum() for char in used)
    assert not used & LOOK_ALIKES
    assert all(len(password) >= 20 for password in passwords)
    assert len(new_password(40).reveal()) == 40
