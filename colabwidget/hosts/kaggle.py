"""A Kaggle notebook."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import ClassVar

from colabwidget.core.errors import ColabWidgetError
from colabwidget.hosts.base import HostKind


class Kaggle(HostKind):
    """Kaggle's kernel; its image is made from Colab's (https://github.com/Kaggle/docker-python)."""

    store = "Kaggle's secrets"
    has_reachable_server = False
    brings_front_end = True
    add_secret = "Add it under Add-ons, Secrets, and tick it for this notebook."
    remedies: ClassVar[Mapping[str, str]] = {
        "no_network": "Switch Internet on in the notebook's settings, then connect again.",
        "public_key_unreachable": "Switch Internet on in the notebook's settings, or paste the key "
        "itself.",
    }
    variables = (
        "KAGGLE_CACHE_MOUNT_FOLDER",
        "KAGGLE_DATASET_PATH",
        "KAGGLE_DOCKER_IMAGE",
        "KAGGLE_GYM_DATASET_PATH",
        "KAGGLE_KERNEL_INTEGRATIONS",
        "KAGGLE_KERNEL_RUN_TYPE",
        "KAGGLE_WORKING_DIR",
    )
    work_variable = "KAGGLE_WORKING_DIR"

    def matches(self, environment: Mapping[str, str], modules: Collection[str]) -> bool:
        """Tell whether Kaggle has started this kernel."""
        return bool(environment.get("KAGGLE_KERNEL_RUN_TYPE"))

    def name(self, environment: Mapping[str, str]) -> str:
        """Return the name."""
        return "Kaggle"

    def read_secret(self, name: str) -> str | None:
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
                refusal = self.missing(name)
            else:
                reason = "Kaggle's service gave an answer that is not understood."
                refusal = ColabWidgetError("secret_unreadable", store=self.store, reason=reason)
        except ConnectionError as error:
            if getattr(error.__cause__, "code", None) in (401, 403):
                reason = "Kaggle's service refused it."
                refusal = ColabWidgetError("secret_no_access", secret=name, reason=reason)
            elif "Timeout" in str(error):
                reason = "Kaggle's service is slow or out of reach."
                refusal = ColabWidgetError("secret_timeout", store=self.store, reason=reason)
            else:
                reason = (
                    "Kaggle's service was not reached. Is Internet on in the notebook's settings?"
                )
                refusal = ColabWidgetError("secret_unreadable", store=self.store, reason=reason)
        raise refusal


HOST = Kaggle()
