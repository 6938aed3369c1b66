"""The token of a try that failed is there for the next one, for a while, and nowhere else."""

from __future__ import annotations

import asyncio

from colabwidget.backend.kept_token import KEPT_FOR, KeptToken
from colabwidget.core.secrets import Secret
from tests.kit.clock import run_without_waiting
from tests.kit.machine.tokens import new_token


def test_it_is_kept_for_its_tunnel_and_forgotten_when_told() -> None:
    async def work() -> None:
        kept, token = KeptToken(lambda: None), Secret(new_token())
        assert (kept.tunnel, kept.find("ngrok"), kept.find("")) == ("", Secret(""), Secret(""))
        kept.keep(token, "ngrok")
        assert kept.find("ngrok") is token
        assert not kept.find("cloudflare")
        assert token.reveal() not in f"{vars(kept)}{kept!r}"
        kept.forget()
        assert (kept.tunnel, kept.find("ngrok")) == ("", Secret(""))

    asyncio.run(work())


def test_it_is_forgotten_once_its_time_is_over() -> None:
    expired: list[float] = []

    async def work() -> None:
        now = asyncio.get_running_loop().time
        kept = KeptToken(lambda: expired.append(now()))
        begun = now()
        kept.keep(Secret("one"), "ngrok")
        await asyncio.sleep(KEPT_FOR - 1)
        kept.keep(Secret("two"), "ngrok")
        await asyncio.sleep(KEPT_FOR - 1)
        assert kept.find("ngrok") == Secret("two")
        await asyncio.sleep(2)
        assert (kept.tunnel, kept.find("ngrok")) == ("", Secret(""))
        assert len(expired) == 1 and expired[0] - begun >= 2 * KEPT_FOR - 1

    run_without_waiting(work())
