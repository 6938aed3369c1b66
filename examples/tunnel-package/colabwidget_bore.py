"""A tunnel for colabwidget through a bore server: https://github.com/ekzhang/bore."""

import re

from colabwidget.tunnels import Endpoint, ProgramTunnel, TunnelSpec, field


class BoreTunnel(ProgramTunnel):
    """A port of a bore server's, by the program bore."""

    spec = TunnelSpec(
        "bore",
        "bore",
        "Through a bore server, such as bore.pub. Needs the program bore on this machine.",
        fields=[
            field(
                "server",
                "Server",
                "Whose port it is.",
                "bore.pub",
                required=True,
                suggestions=[{"value": "bore.pub", "title": "bore.pub, a public server"}],
            )
        ],
    )

    def command(self, local_port: int) -> list[str]:
        """Return bore's command line."""
        return ["bore", "local", str(local_port), "--to", self.options.server]

    def parse_endpoint(self, line: str) -> Endpoint | None:
        """Return the port, once bore says it: ``listening at bore.pub:40123``."""
        found = re.search(r"listening at (\S+):(\d+)", line)
        return Endpoint(found.group(1), int(found.group(2))) if found else None
