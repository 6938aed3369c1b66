"""However a program writes a secret down, the journal does not."""

from __future__ import annotations

import base64
import json
import tracemalloc
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from colabwidget.core.secrets import MASK, Redactor, Secret, looks_random, new_password
from tests.kit.machine.machine import ROOT

TOKEN = "2abcDEFghiJKLmnoPQRstuVWXyz0_1ABCdefGHIjklMNOpqr"
SECRETS = st.text(
    st.characters(min_codepoint=33, max_codepoint=0x2FF, exclude_categories=["Cs"]),
    min_size=8,
    max_size=60,
)


def redactor(*secrets: str) -> Redactor:
    made = Redactor()
    made.add(secrets)
    return made


@pytest.mark.parametrize(
    "said",
    [
        "Your authtoken: {}",
        "{}",
        "{}{}",
        r'err="authentication failed\nYour authtoken: {}\r\n\r\nERR_NGROK_107"',
        "--authtoken={} --log stdout",
        "https://example.net/?token={}&x=1",
    ],
)
def test_what_the_agent_says_of_the_token_is_masked(said: str) -> None:
    assert redactor(TOKEN).redact(said.replace("{}", TOKEN)) == said.replace("{}", MASK)


def test_texts_without_a_secret_stay_as_they_are() -> None:
    text = "Setting up openssh-server (1:8.9p1-3ubuntu0.10) ...\n\t100 %"
    assert Redactor().redact(text) == text
    assert redactor(TOKEN).redact(text) == text


@given(SECRETS, st.text(), st.text())
@example("pa ss/word+with=signs&", "", "")
@example('qu"ote\\back\nslash', "", "")
def test_plain_quoted_and_escaped_forms_are_masked(secret: str, before: str, after: str) -> None:
    known = redactor(secret)
    for form in (
        secret,
        quote(secret),
        quote(secret, safe=""),
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
    ):
        assert form not in known.redact(f"{before}{form}{after}")


@given(SECRETS, st.binary(max_size=40), st.binary(max_size=40), st.booleans())
def test_base64_of_anything_that_holds_the_secret_is_masked(
    secret: str, before: bytes, after: bytes, url_safe: bool
) -> None:
    data = secret.encode()
    encode = base64.urlsafe_b64encode if url_safe else base64.b64encode
    encoded = encode(before + data + after).decode()
    # The characters of which every bit is the secret's.
    first = -(-len(before) * 8 // 6)
    last = (len(before) + len(data)) * 8 // 6
    shown = redactor(secret).redact(encoded)
    assert MASK in shown
    assert encoded[first:last] not in shown


def test_a_secret_inside_a_longer_secret_does_not_spare_the_rest() -> None:
    assert redactor("abcdef123", "abcdef123456789").redact("abcdef123456789") == MASK
    assert redactor("abcdef123456789", "abcdef123").redact("abcdef123!") == MASK + "!"


@given(st.lists(SECRETS, min_size=1, max_size=4), st.text())
def test_of_several_secrets_none_is_left_whole(secrets: list[str], between: str) -> None:
    shown = redactor(*secrets).redact(between.join([*secrets, *reversed(secrets)]))
    assert not [secret for secret in secrets if secret in shown.replace(MASK, "\0")]


def test_secrets_learned_later_count_from_then_on() -> None:
    known = redactor("first-secret")
    known.add([Secret("second-secret")])
    assert known.redact("first-secret second-secret") == f"{MASK} {MASK}"


def test_very_short_values_hide_no_ordinary_words() -> None:
    known = redactor("", "a", "root", "colab")
    assert known.redact("root installs colab") == "root installs colab"
    assert known.longest == 0
    assert known.pending("root") == 0


def test_the_end_of_a_piece_is_kept_while_it_may_begin_a_secret() -> None:
    known = redactor(TOKEN)
    for cut in range(1, len(TOKEN)):
        assert known.pending(f"token {TOKEN[:cut]}") >= cut
    assert known.pending("nothing of the kind!") == 0
    assert known.pending("") == 0


@given(SECRETS, st.text(max_size=30), st.text(max_size=30))
def test_a_stream_cut_where_pending_says_shows_no_secret(
    secret: str, before: str, after: str
) -> None:
    known = redactor(secret)
    text = before + secret + after
    for cut in range(len(text) + 1):
        kept = known.pending(text[:cut])
        pieces = [text[: cut - kept], text[cut - kept :]]
        assert secret not in "".join(map(known.redact, pieces))


def test_no_cut_goes_through_a_whole_secret_to_spare_the_start_of_another() -> None:
    known = redactor("abcdef-ghijk", "ijklmnopqr")
    text = "abcdef-ghijkl"
    kept = known.pending(text)
    pieces = [text[: len(text) - kept], text[len(text) - kept :]]
    assert "abcdef-ghijk" not in "".join(map(known.redact, pieces))


def test_a_secret_that_is_held_is_known_however_many_come_after_it() -> None:
    known = Redactor()
    held = Secret(TOKEN)
    known.add([held])
    for _ in range(200):
        known.add([new_password()])
    assert known.redact(TOKEN) == MASK


def test_what_nobody_holds_is_known_for_a_while_and_then_forgotten() -> None:
    known = redactor(TOKEN)
    for number in range(31):
        known.add([f"a key of a display {number}"])
        known.add(["a key of a display 0"])
    assert known.redact(f"{TOKEN} a key of a display 0") == f"{MASK} {MASK}"
    for number in range(31, 34):
        known.add([f"a key of a display {number}"])
    assert known.redact(f"{TOKEN} a key of a display 0") == f"{TOKEN} {MASK}"


def test_secrets_of_hundreds_of_sessions_take_no_memory() -> None:
    known = Redactor()
    for _ in range(50):
        known.add([new_password(), "x" * 30])
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    for _ in range(300):
        known.add([new_password()])
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert after - before < 100_000


#: The front end's tests read the same file.
WORDS = json.loads((ROOT / "tests" / "vectors" / "looks_random.json").read_text())


@pytest.mark.parametrize("word", WORDS["random"])
def test_a_token_looks_random(word: str) -> None:
    assert looks_random(word)


@pytest.mark.parametrize("word", WORDS["plain"])
def test_a_name_does_not_look_random(word: str) -> None:
    assert not looks_random(word)


def test_passwords_of_ours_look_random_in_nearly_all_cases() -> None:
    found = sum(looks_random(new_password().reveal()) for _ in range(1000))
    assert found > 970
