"""Tokens by name: what Colab, Kaggle and the environment keep for a notebook.

Nothing is read unless its user has named it. What is read goes straight into the request to
connect; it stands in no error, not even in the chain of causes.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from colabwidget.core.errors import ColabWidgetError
from colabwidget.core.secrets import Secret

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
# Some tokens begin like a name; a word that is very long, or goes to and fro between letters and
# digits, is none.
_TO_AND_FRO = re.compile(r"(?<=[A-Za-z])(?=\d)|(?<=\d)(?=[A-Za-z])")
_COLAB, _KAGGLE = "Colab's secrets", "Kaggle's secrets"


@dataclass(frozen=True)
class Found:
    """A token, and where it comes from.

    Parameters
    ----------
    token
        As it is stored.
    origin
        The place, for the log; empty where somebody has typed the token.
    """

    token: Secret
    origin: str = ""


def checked_name(name: str) -> str:
    """Return the name; an empty one is none.

    Raises
    ------
    ColabWidgetError
        ``secret_name_invalid``. It does not repeat what was given, which may be a token.
    """
    if name and (not _NAME.fullmatch(name) or any(map(_is_dice, name.split("_")))):
        raise ColabWidgetError("secret_name_invalid")
    return name


def asks_the_page(kind: str) -> bool:
    """Tell whether a kind of machine asks its page for a secret.

    Colab does: in the kernel's main thread, inside of a cell or of a message from the page, and
    nowhere else. It waits up to 10 s (google.colab.userdata).
    """
    return kind == "colab"


def getter(typed: str, name: str, kind: str, needed: Callable[[], bool]) -> Callable[[], Found]:
    """Return what gets a token when it is needed: the typed one, else the secret of that name.

    Where the page is asked for secrets, that is done at once: here we are where it answers, in
    the kernel's main thread inside of a cell or of a message from the page.

    Parameters
    ----------
    typed, name
        One of them may be empty; both, where no token was given.
    kind
        What machine this is.
    needed
        Tells whether a token will be needed; asked only before the page is.
    """
    if typed or not name:
        found = Found(Secret(typed))
        return lambda: found
    if not asks_the_page(kind) or not needed():
        return lambda: read(name, kind)
    try:
        found = read(name, kind)
    except ColabWidgetError as error:
        info = error.info

        def refuse() -> Found:
            raise ColabWidgetError.from_info(info)

        return refuse
    return lambda: found


def read(name: str, kind: str, environment: Mapping[str, str] | None = None) -> Found:
    """Read a secret that the user has named.

    The store of the machine comes first. Where it does not give the secret, the environment does
    if it has it.

    Parameters
    ----------
    name
        The secret's name.
    kind
        What machine this is; see `colabwidget.hosts.Host`.
    environment
        The variables; this process's own unless given.

    Raises
    ------
    ColabWidgetError
        ``secret_name_invalid``, ``secret_missing``, ``secret_no_access``, ``secret_timeout`` or
        ``secret_unreadable``.
    """
    checked_name(name)
    reason = "The environment does not have it."
    refusal = ColabWidgetError("secret_missing", secret=name, reason=reason)
    if stored := _STORES.get(kind):
        store, get = stored
        value: Any = None
        try:
            value = get(name)
        except ColabWidgetError as error:
            refusal = error
        except Exception as error:
            # Its text may repeat what was read; its kind cannot.
            refusal = ColabWidgetError(
                "secret_unreadable", store=store, reason=f"{type(error).__name__}."
            )
        if isinstance(value, str) and value.strip():
            return Found(Secret(value), f"{store}: {name}")
        if value is not None:
            refusal = _missing(name, store)
    variables = os.environ if environment is None else environment
    if (value := variables.get(name, "")).strip():
        return Found(Secret(value), f"the environment: {name}")
    raise refusal


def _is_dice(word: str) -> bool:
    return len(word) >= 25 or (len(word) >= 12 and len(_TO_AND_FRO.findall(word)) >= 3)


def _missing(name: str, store: str) -> ColabWidgetError:
    reason = f"Neither {store} nor the environment have it."
    return ColabWidgetError("secret_missing", secret=name, reason=reason)


def _from_colab(name: str) -> str | None:
    """Ask Colab's page: https://github.com/googlecolab/colabtools, google/colab/userdata.py."""
    from google.colab import userdata

    refusal: ColabWidgetError | None = None
    try:
        value: str | None = userdata.get(name)
        return value
    except userdata.SecretNotFoundError:
        refusal = _missing(name, _COLAB)
    except userdata.NotebookAccessError:
        reason = "Its Notebook access is switched off."
        refusal = ColabWidgetError("secret_no_access", secret=name, reason=reason)
    except getattr(userdata, "TimeoutException", ()):
        reason = "Only a page of Colab in a browser can give them, and it asks its user first."
        refusal = ColabWidgetError("secret_timeout", store=_COLAB, reason=reason)
    except Exception as error:
        if _is_in_kernel():
            reason = f"{type(error).__name__}."
        else:
            reason = "They are for notebook cells only, and this is another program."
        refusal = ColabWidgetError("secret_unreadable", store=_COLAB, reason=reason)
    raise refusal


def _from_kaggle(name: str) -> str | None:
    """Ask Kaggle: https://github.com/Kaggle/docker-python, patches/kaggle_secrets.py."""
    import kaggle_secrets

    refusal: ColabWidgetError | None = None
    try:
        value: str | None = kaggle_secrets.UserSecretsClient().get_secret(name)
        return value
    except kaggle_secrets.CredentialError:
        reason = "Kaggle gives this notebook no access to any secret."
        refusal = ColabWidgetError("secret_no_access", secret=name, reason=reason)
    except kaggle_secrets.BackendError as error:
        # The text is Kaggle's answer; of one that went well it may be the secret itself.
        if "No user secrets exist" in str(error):
            refusal = _missing(name, _KAGGLE)
        else:
            reason = "Kaggle's service gave an answer that is not understood."
            refusal = ColabWidgetError("secret_unreadable", store=_KAGGLE, reason=reason)
    except ConnectionError as error:
        if getattr(error.__cause__, "code", None) in (401, 403):
            reason = "Kaggle's service refused it."
            refusal = ColabWidgetError("secret_no_access", secret=name, reason=reason)
        elif "Timeout" in str(error):
            reason = "Kaggle's service is slow or out of reach."
            refusal = ColabWidgetError("secret_timeout", store=_KAGGLE, reason=reason)
        else:
            reason = "Kaggle's service was not reached. Is Internet on in the notebook's settings?"
            refusal = ColabWidgetError("secret_unreadable", store=_KAGGLE, reason=reason)
    raise refusal


def _is_in_kernel() -> bool:
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return getattr(shell, "kernel", None) is not None


_STORES: dict[str, tuple[str, Callable[[str], str | None]]] = {
    "colab": (_COLAB, _from_colab),
    "kaggle": (_KAGGLE, _from_kaggle),
}
