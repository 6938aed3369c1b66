"""What the words of ngrok and of its agent mean for a user."""

from __future__ import annotations

import json

import pytest

from colabwidget.tunnels.ngrok.errors import exited, recognised

PROGRAM = "/usr/local/bin/ngrok"
TOO_OLD = (
    'Your ngrok-agent version \\"2.3.41\\" is too old. The minimum supported agent version for '
    'your account is \\"3.20.0\\". Update to a newer version.\\r\\n\\r\\nERR_NGROK_121\\r\\n'
)


def failed(problem: str) -> str:
    return f'lvl=eror msg="failed to reconnect session" obj=csess id=1 err="{problem}"'


def test_an_answer_of_the_api_goes_before_the_log() -> None:
    answer = """{"err": "failed to start tunnel: A card.\r\n\r\nERR_NGROK_8013"}"""
    error = recognised(answer, [failed("authentication failed: No.\\r\\nERR_NGROK_107")])
    assert error and error.code == "ngrok_8013"


def test_the_newest_refusal_counts() -> None:
    error = recognised("", [failed("One.\\r\\nERR_NGROK_108"), failed("Two.\\r\\nERR_NGROK_107")])
    assert error and error.code == "ngrok_107"


SAID = 'You said \\"stop\\", C:\\\\agent.\\nSo it stops: now.'
PLAIN = 'You said "stop", C:\\agent. So it stops: now.'


@pytest.mark.parametrize(
    ("answer", "log", "told"),
    [
        ("", failed("authentication failed: On holiday.\\r\\nERR_NGROK_9999"), "On holiday."),
        ("", failed(f"authentication failed: {SAID}\\r\\n\\r\\nERR_NGROK_9999\\r\\n"), PLAIN),
        (
            "",
            failed("x: No.\\nYour authtoken: ********\\nSee.\\r\\nERR_NGROK_9999\\r\\n"),
            "x: No.",
        ),
        ("", f"{failed('other')}\n{failed('x: Yes.ERR_NGROK_9999')}", "x: Yes."),
        (json.dumps({"details": {"err": f"{PLAIN}\r\n\r\nERR_NGROK_9999\r\n"}}), "", PLAIN),
        ("The process errored on start: authentication failed: Hm.\nERR_NGROK_9999", "", "Hm."),
        ("", failed(f"{'Word. ' * 70}ERR_NGROK_9999"), "Word."),
    ],
)
def test_an_unknown_code_is_shown_with_ngrok_s_sentences(answer: str, log: str, told: str) -> None:
    error = recognised(answer, [log])
    assert error and error.code == "ngrok_other"
    said, _, code = error.info["cause"].rpartition(" ")
    assert code == "(ERR_NGROK_9999)" and said.endswith(told) and len(said) <= 300
    assert "authtoken" not in said and "\n" not in said
    assert error.info["link"] == "https://ngrok.com/docs/errors/err_ngrok_9999"


def test_an_agent_that_is_too_old_is_named_with_what_is_needed() -> None:
    error = recognised("", [failed(TOO_OLD)], PROGRAM)
    assert error and error.code == "ngrok_121"
    assert error.info["cause"] == (
        f"The program {PROGRAM} was taken, version 2.3.41. "
        "Your account needs version 3.20.0 or newer (ERR_NGROK_121)."
    )


def test_an_agent_that_does_not_know_its_configuration_is_too_old() -> None:
    said = "ERROR:  Error reading configuration file '/x/ngrok.yml': unknown version '3'."
    error = recognised("", [said], PROGRAM)
    assert error and error.code == "agent_outdated" and PROGRAM in error.info["cause"]


def test_other_words_are_repeated() -> None:
    assert recognised("", ["anything"]) is None
    problem = recognised("", [failed('the \\"agent\\" is confused')])
    assert problem and problem.info["cause"] == 'It said: the "agent" is confused.'
    assert exited(["one", "last"]).info["cause"] == "It said: last"
    assert exited([]).info["cause"] == "It ended at once and said nothing."
