"""Addresses of notebook servers, as people copy them from a browser."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qs, quote, unquote, urlsplit

from colabwidget.through.faults import Fault

# What a server has behind its base_url: pages of JupyterLab, Notebook and the classic Notebook.
_PAGES = ("lab", "tree", "notebooks", "edit", "doc", "consoles", "terminals", "retro", "nbclassic")
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class Address:
    """Where a notebook's server is.

    Parameters
    ----------
    secure
        Whether by TLS.
    host, port
        Where to connect to.
    base
        Its base_url, with a slash at both ends.
    """

    secure: bool
    host: str
    port: int
    base: str = "/"

    @classmethod
    def parse(cls, text: str) -> tuple[Address, str]:
        """Take an address apart, and the token that may be in it.

        Raises
        ------
        Fault
            For what is no address; nothing of it is repeated, as there may be a token in it.
        """
        try:
            parts = urlsplit(text.strip() if "://" in text else f"https://{text.strip()}")
            host, port = parts.hostname or "", parts.port
        except ValueError:
            host, port = "", None
        if not host or parts.scheme not in ("http", "https"):
            raise Fault("This is no address of a notebook's server: https://host/ is one.")
        secure = parts.scheme == "https"
        folders = [part for part in parts.path.split("/") if part]
        for page in _PAGES:
            if page in folders:
                folders = folders[: folders.index(page)]
        base = "/" + "".join(f"{quote(unquote(part))}/" for part in folders)
        token = parse_qs(parts.query).get("token", [""])[0]
        return cls(secure, host.lower(), port or (443 if secure else 80), base), token

    @property
    def is_loopback(self) -> bool:
        """Whether it is this computer."""
        return self.host in _LOOPBACK or self.host.endswith(".localhost")

    @property
    def place(self) -> str:
        """Host and port, as a ``Host`` header has them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        usual = self.port == (443 if self.secure else 80)
        return host if usual else f"{host}:{self.port}"

    @property
    def origin(self) -> str:
        """The origin of its pages, as a browser names it."""
        return f"{'https' if self.secure else 'http'}://{self.place}"

    @property
    def token_page(self) -> tuple[str, str]:
        """Where a hub has a page for tokens, and the permission that one needs; empty elsewhere."""
        before, mark, behind = self.base.partition("/user/")
        user = unquote(behind.partition("/")[0])
        if not (mark and user and user.isprintable()):
            return "", ""
        return f"{self.origin}{before}/hub/token", f"access:servers!user={user}"

    def __str__(self) -> str:
        return f"{self.origin}{self.base}"

    def check(self, *, insecure: bool) -> None:
        """See that a token may be sent there.

        Parameters
        ----------
        insecure
            Whether the user takes it on without TLS.

        Raises
        ------
        Fault
            Where it would travel readable by others.
        """
        if not (self.secure or insecure or self.is_loopback):
            raise Fault(
                f"{self.place} is reached without TLS: others on the way could read the server's "
                "token. Use its https address, or --insecure in a network that you trust."
            )
