"""A stand-in for Kaggle's module of that name, which speaks to a real server.

Written after the public interface in https://github.com/Kaggle/docker-python,
patches/kaggle_secrets.py: the same variables, requests and errors. There too, what the service
answers stands in the text of some errors, and a refusal (401, 403) comes as a ConnectionError,
since Python's HTTPError is a URLError.
"""

import json
import os
import urllib.request
from urllib.error import URLError

TIMEOUT_SECS = 40


class CredentialError(Exception):
    """The notebook has no key to the service."""


class BackendError(Exception):
    """The service answered, but not with a secret."""


class ValidationError(Exception):
    """No name was given."""


class UserSecretsClient:
    """Kaggle's service for secrets, as one notebook sees it."""

    def __init__(self):
        self.url_base = os.environ.get("KAGGLE_URL_BASE") or "https://www.kaggle.com"
        self.jwt_token = os.environ.get("KAGGLE_USER_SECRETS_TOKEN")
        if self.jwt_token is None:
            raise CredentialError("A JWT Token is required to use the UserSecretsClient")

    def get_secret(self, label):
        """Return the secret of that name, if it is attached to this notebook."""
        if not label:
            raise ValidationError("Label must be non-empty.")
        said = self._post({"Label": label, "JWE": self.jwt_token})
        if "secret" not in said:
            raise BackendError(f"Unexpected response from the service. Response: {said}")
        return said["secret"]

    def _post(self, body):
        request = urllib.request.Request(
            f"{self.url_base}/requests/GetUserSecretByLabelRequest",
            headers={"Content-type": "application/json"},
            data=json.dumps(body).encode(),
        )
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_SECS) as answer:
                said = json.loads(answer.read())
        except (URLError, TimeoutError) as error:
            if isinstance(error, TimeoutError) or isinstance(error.reason, TimeoutError):
                raise ConnectionError(
                    "Timeout error trying to communicate with service."
                ) from error
            raise ConnectionError("Connection error trying to communicate with service.") from error
        if not said.get("wasSuccessful") or "result" not in said:
            raise BackendError(f"Unexpected response from the service. Response: {said}.")
        return said["result"]
