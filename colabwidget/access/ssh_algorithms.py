"""What the private sshd and its clients may agree on: what is strong of all that OpenSSH has.

Left out are NIST's curves, SHA-1, 64-bit MACs, groups below 3072 bits, CBC, and MACs of the plain
text (encrypt-and-MAC). Key exchanges that withstand a quantum computer come first. What is left
every client of today has; docs/reference/sshd.md names those that are tried.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence

from colabwidget.runtime import process

#: By sshd's keyword: what ``ssh -Q`` is asked, and the names in the order of preference.
WANTED: Mapping[str, tuple[str, Sequence[str]]] = {
    "KexAlgorithms": (
        "kex",
        (
            "mlkem768x25519-sha256",  # OpenSSH 9.9
            "sntrup761x25519-sha512",
            "sntrup761x25519-sha512@openssh.com",  # 8.5
            "curve25519-sha256",
            "curve25519-sha256@libssh.org",
            # For machines and clients in FIPS mode.
            "diffie-hellman-group16-sha512",
            "diffie-hellman-group18-sha512",
        ),
    ),
    "Ciphers": (
        "cipher",
        (
            "chacha20-poly1305@openssh.com",
            "aes256-gcm@openssh.com",
            "aes128-gcm@openssh.com",
            "aes256-ctr",
            "aes192-ctr",
            "aes128-ctr",
        ),
    ),
    "MACs": (
        "mac",
        (
            "hmac-sha2-256-etm@openssh.com",
            "hmac-sha2-512-etm@openssh.com",
            "umac-128-etm@openssh.com",
        ),
    ),
    "HostKeyAlgorithms": ("key-sig", ("ssh-ed25519", "rsa-sha2-512", "rsa-sha2-256")),
}
# What sshd says of names that it does not know, or may not use.
_UNUSABLE = re.compile(
    r"Bad SSH2|Unsupported KEX|Bad key types|[Uu]nsupported.*[Aa]lgorithm|Bad configuration option"
)


async def lines_for(ssh: str | None) -> str:
    """Return the lines of ``sshd_config``, with the names that this OpenSSH has.

    Parameters
    ----------
    ssh
        The client of the same version; ``None`` where there is none. A keyword whose names it does
        not tell is left to sshd.
    """
    if not ssh:
        return ""
    answers = await asyncio.gather(*(_names(ssh, query) for query, _ in WANTED.values()))
    lines = []
    for (keyword, (_, wanted)), known in zip(WANTED.items(), answers, strict=True):
        if names := [name for name in wanted if name in known]:
            lines.append(f"{keyword} {','.join(names)}")
    return "\n".join(lines)


def are_refused(said: Sequence[str]) -> bool:
    """Tell whether sshd's last lines complain of names: in FIPS mode it may use fewer."""
    return any(map(_UNUSABLE.search, said))


async def _names(ssh: str, query: str) -> set[str]:
    status, said = await process.output([ssh, "-Q", query])
    return set(said.split()) if status == 0 else set()
