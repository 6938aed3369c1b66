"""The secrets that a user keeps with Colab."""

from google.colab import _message, errors

TIMEOUT_S = 10


class NotebookAccessError(Exception):
    """It is there, and this notebook may not read it."""

    def __init__(self, key):
        super().__init__(f"Notebook does not have access to secret {key}")


class SecretNotFoundError(errors.Error):
    """It is not there."""

    def __init__(self, key):
        super().__init__(f"Secret {key} does not exist.")


class TimeoutException(errors.Error):
    """No page of Colab's has answered."""

    def __init__(self, key):
        super().__init__(
            f"Requesting secret {key} timed out. Secrets can only be fetched when running from "
            "the Colab UI."
        )


def get(key):
    """Return the value that the page gives."""
    said = _message.blocking_request("GetSecret", request={"key": key}, timeout_sec=TIMEOUT_S)
    if not said:
        raise TimeoutException(key)
    if not said.get("exists"):
        raise SecretNotFoundError(key)
    if not said.get("access"):
        raise NotebookAccessError(key)
    return said.get("payload", "")
