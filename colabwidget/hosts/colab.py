"""Google Colab, hosted or with a local runtime."""

from __future__ import annotations

import sys
from collections.abc import Collection, Mapping

from colabwidget.core.errors import ColabWidgetError
from colabwidget.hosts.base import HostKind


class Colab(HostKind):
    """Colab's kernel. ``google.colab`` can be installed anywhere; only Colab runs its shell."""

    store = "Colab's secrets"
    add_secret = "Add it under the key at the left, and switch Notebook access on."
    store_asks_page = True
    # Shown on a local runtime as well: its variable may be renamed.
    notice = (
        "Colab's terms disallow SSH and remote desktops on runtimes used free of charge, "
        "without compute units. People have lost accounts over it."
    )
    notice_link = "https://research.google.com/colaboratory/faq.html"
    drive = True
    has_reachable_server = False
    brings_front_end = True
    variables = (
        "COLAB_BACKEND_VERSION",
        "COLAB_GPU",
        "COLAB_RELEASE_TAG",
        "COLAB_TPU_1VM",
        "COLAB_TPU_ADDR",
    )

    def matches(self, environment: Mapping[str, str], modules: Collection[str]) -> bool:
        """Tell whether Colab's image or Colab's shell is here."""
        return bool(environment.get("COLAB_RELEASE_TAG")) or "google.colab._shell" in modules

    def name(self, environment: Mapping[str, str]) -> str:
        """Return the name; only hosted runtimes have an address of their manager."""
        hosted = environment.get("TBE_RUNTIME_ADDR")
        return "Google Colab" if hosted else "Google Colab, local runtime"

    def read_secret(self, name: str) -> str | None:
        """Ask Colab's page: https://github.com/googlecolab/colabtools, google/colab/userdata.py.

        It waits up to 10 s.
        """
        from google.colab import userdata

        refusal: ColabWidgetError | None = None
        try:
            value: str | None = userdata.get(name)
            return value
        except userdata.SecretNotFoundError:
            refusal = self.missing(name)
        except userdata.NotebookAccessError:
            reason = "Its Notebook access is switched off."
            refusal = ColabWidgetError("secret_no_access", secret=name, reason=reason)
        except getattr(userdata, "TimeoutException", ()):
            reason = "Only a page of Colab in a browser can give them, and it asks its user first."
            refusal = ColabWidgetError("secret_timeout", store=self.store, reason=reason)
        except Exception as error:
            if _is_in_kernel():
                reason = f"{type(error).__name__}."
            else:
                reason = "They are for notebook cells only, and this is another program."
            refusal = ColabWidgetError("secret_unreadable", store=self.store, reason=reason)
        raise refusal


def _is_in_kernel() -> bool:
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return getattr(shell, "kernel", None) is not None


HOST = Colab()
