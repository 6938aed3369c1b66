"""What the words of ngrok and of its agent mean for a user."""

from __future__ import annotations

from colabwidget.tunnels.ngrok.errors import exited, recognised


def failed(problem: str) -> str:
    return f'lvl=eror msg="failed to reconnect session" obj=csess id=1 err="{problem}"'


def test_an_answer_of_the_api_goes_before_the_log() -> None:
    answer = """{"err": "failed to start tunnel: A card.\r\n\r\nERR_NGROK_8013"}"""
    error = recognised(answer, [failed("authentication failed: No.\\r\\nERR_NGROK_107")])
    assert error and error.code == "ngrok_8013"


def test_an_unknown_code_is_shown_with_ngrok_s_sentence() -> None:
    error = recognised("", [failed("authentication failed: On holiday.\\r\\nERR_NGROK_9999")])
    assert error and error.info["cause"] == "authentication failed: On holiday. (ERR_NGROK_9999)"


def test_other_words_are_repeated() -> None:
    assert recognised("", ["anything"]) is None
    problem = recognised("", [failed('the \\"agent\\" is confused')])
    assert problem and problem.info["cause"] == 'It said: the "agent" is confused.'
    assert exited(["one", "last"]).info["cause"] == "It said: last"
    assert exited([]).info["cause"] == "It ended at once and said nothing."
