"""What sets one kind of machine apart, and what is told of the machine at hand."""

from collections.abc import Collection, Mapping
from typing import Any, ClassVar, NamedTuple

from colabwidget.core.errors import ColabWidgetError


class Host(NamedTuple):
    """The machine that the kernel runs on.

    Parameters
    ----------
    kind
        Name of the module in `colabwidget.hosts`: ``"colab"``, ``"kaggle"``, ``"jupyterhub"``,
        ``"linux"``.
    name
        The same for people.
    gpu
        Model of the first NVIDIA GPU; empty where there is none.
    root
        Whether this process may install packages and make accounts.
    notice, notice_link
        What the user must know before connecting, and where it is written.
    secrets
        Where a token can be kept by name, for people.
    architecture
        ``"amd64"``, ``"arm64"``, or what the kernel calls another one.
    drive
        Whether Google Drive can be mounted.
    """

    kind: str
    name: str
    gpu: str
    root: bool
    notice: str = ""
    notice_link: str = ""
    secrets: str = "the environment"
    architecture: str = ""
    drive: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Return the fields by name."""
        return self._asdict()


class HostKind:
    """A kind of machine: a subclass in a module of `colabwidget.hosts`, with one instance.

    Attributes
    ----------
    store
        The machine's own store of secrets, for people; empty where only the environment has any.
    store_asks_page
        Whether the store asks the page: that works in the kernel's main thread only, inside of a
        cell or of a message from the page.
    notice, notice_link, drive
        As in `Host`.
    variables
        Names of variables that SSH sessions take over from the notebook's environment. The value
        can never be a secret.
    work_variable
        Name of the variable with the folder for the user's own work; empty where there is none.
    add_secret
        How a secret is added to the store, or to the environment.
    remedies
        What to do here after an error, by its code, in place of what is said elsewhere.
    has_reachable_server
        Whether its notebook server can be reached from other computers, with its token.
    brings_front_end
        Whether its pages fetch the front ends of widgets themselves, whatever the server has.
    """

    store = ""
    store_asks_page = False
    notice = ""
    notice_link = ""
    drive = False
    variables: tuple[str, ...] = ()
    work_variable = ""
    add_secret = "Set the variable before the kernel starts."
    remedies: ClassVar[Mapping[str, str]] = {}
    has_reachable_server = True
    brings_front_end = False

    def matches(self, environment: Mapping[str, str], modules: Collection[str]) -> bool:
        """Tell whether this machine is one, without a program or a request.

        Parameters
        ----------
        environment
            The kernel's environment variables.
        modules
            Names of the modules that the kernel has imported.
        """
        raise NotImplementedError

    def name(self, environment: Mapping[str, str]) -> str:
        """Return what the machine is called."""
        raise NotImplementedError

    def read_secret(self, name: str) -> str | None:
        """Return the secret of that name from the machine's own store.

        Raises
        ------
        ColabWidgetError
            ``secret_missing``, ``secret_no_access``, ``secret_timeout``, ``secret_unreadable``;
            nothing of the secret is in it, not even in the chain of causes.
        """
        raise NotImplementedError

    def missing(self, name: str) -> ColabWidgetError:
        """Return the error for a secret that neither the store nor the environment has."""
        reason = f"Neither {self.store} nor the environment have it."
        return ColabWidgetError("secret_missing", secret=name, reason=reason, add=self.add_secret)
