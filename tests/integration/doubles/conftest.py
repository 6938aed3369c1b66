"""Agents, and what their tunnels lead to, for the tests of the stand-in agent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pyngrok import ngrok
from pyngrok.conf import PyngrokConfig

from tests.doubles import install_ngrok
from tests.kit.ngrok_agent import (
    Run,
    write_config,
)


@pytest.fixture
def agent(tmp_path: Path) -> Path:
    return install_ngrok(tmp_path / "bin")


@pytest.fixture(params=["3", "2"])
def config(request: pytest.FixtureRequest, agent: Path) -> Iterator[PyngrokConfig]:
    config = PyngrokConfig(
        ngrok_path=str(agent),
        config_path=str(write_config(agent, request.param)),
        config_version=request.param,
        request_timeout=30,
    )
    yield config
    ngrok.kill(config)


@pytest.fixture
def run(agent: Path) -> Iterator[Callable[..., Run]]:
    runs: list[Run] = []

    def start(*args: str, **environment: str) -> Run:
        runs.append(Run(agent, *args, **environment))
        return runs[-1]

    yield start
    for item in runs:
        item.process.kill()
        item.process.communicate()
