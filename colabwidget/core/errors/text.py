"""What is said of one failure."""

from typing import Literal, NamedTuple

Retry = Literal["never", "patiently", "a few times"]


class ErrorText(NamedTuple):
    """What is said of one error code.

    Parameters
    ----------
    title, cause, remedy
        What happened, why, and what to do; one line each.
    link
        Where the remedy is carried out or explained; empty where there is no such place.
    field
        The option at fault (``"token"``, ``"public_key"``, ...); empty where it is none.
    usual
        For docs/troubleshooting.md: what a cause that is all ``{reason}`` usually is.
    offers_tunnels
        Whether another tunnel may do: the page then offers those that need no account.
    offers_notebook
        Whether terminal and desktop inside the notebook work all the same: the page then offers
        them.
    ends_session
        Whether an open session ends with it, and nothing is kept for another try.
    retry
        Whether an open session goes on trying after it: ``"patiently"`` for what goes away with
        the network's trouble, ``"a few times"`` for what another try may cure.
    """

    title: str
    cause: str
    remedy: str
    link: str = ""
    field: str = ""
    usual: str = ""
    offers_tunnels: bool = False
    offers_notebook: bool = False
    ends_session: bool = False
    retry: Retry = "never"
