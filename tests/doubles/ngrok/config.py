"""The agent's command line and its config file."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from .errors import Failure

# fmt: off
AGENT_KEYS = {
    "api_key", "authtoken", "connect_cas", "connect_timeout", "connect_url", "console_ui",
    "console_ui_color", "crl_noverify", "crl_url", "dns_resolver_ips", "heartbeat_interval",
    "heartbeat_tolerance", "inspect_db_size", "local_storage", "log", "log_format", "log_level",
    "metadata", "proxy_url", "remote_management", "update_channel", "update_check", "web_addr",
    "web_allow_hosts",
}
CONFIG_KEYS = {
    "2": AGENT_KEYS | {"region", "root_cas", "server_addr", "tunnels", "update", "version"},
    "3": {"agent", "endpoints", "tunnels", "version"},
}
# fmt: on


def read_config(path: Path) -> dict[str, Any]:
    """The settings in an agent's config file: JSON, or YAML mappings of plain scalars."""
    try:
        text = path.read_text()
    except OSError as error:
        raise Failure(f"Error reading configuration file '{path}': {error.strerror}") from None
    try:
        config = json.loads(text)
    except ValueError:
        config = _read_yaml_mappings(text)
    version = str(config.get("version", ""))
    if version not in CONFIG_KEYS:
        raise Failure(f"Error reading configuration file '{path}': `version` property is required.")
    agent = config.get("agent") or {} if version == "3" else config
    unknown = set(config) - CONFIG_KEYS[version] | set(agent) - CONFIG_KEYS["2"]
    if unknown:
        field = sorted(unknown)[0]
        raise Failure(f"Error reading configuration file '{path}': field {field} not found")
    return agent


def _read_yaml_mappings(text: str) -> dict[str, Any]:
    root: dict[str, Any] = {}
    parents = [(-1, root)]
    for line in text.splitlines():
        match = re.match(r"( *)([\w-]+): *(.*?)\s*$", line)
        if not match:
            continue
        indent, key, value = len(match[1]), match[2], match[3]
        while parents[-1][0] >= indent:
            parents.pop()
        quoted = re.match(r"""(["'])(.*)\1""", value)
        value = quoted[2] if quoted else re.sub(r"(^|\s)#.*", "", value)
        nested: dict[str, Any] | None = {} if value in ("", "{}") and not quoted else None
        parents[-1][1][key] = value if nested is None else nested
        if nested is not None:
            parents.append((indent, nested))
    return root


def options_of(argv: list[str]) -> dict[str, str]:
    """Flags of `start`, given as `--name value` or `--name=value`; the last one counts."""
    options = {"log": "", "config": "", "authtoken": "", "region": "", "none": ""}
    rest = list(argv)
    while rest:
        name, equals, value = rest.pop(0).partition("=")
        name = name.lstrip("-")
        if name not in options:
            raise Failure(f"unknown flag or argument: {name}")
        if name != "none" and not equals:
            if not rest:
                raise Failure(f"flag needs an argument: --{name}")
            value = rest.pop(0)
        options[name] = value
    return options


def config_path(options: dict[str, str]) -> Path:
    return Path(options["config"] or Path.home() / ".config/ngrok/ngrok.yml")
