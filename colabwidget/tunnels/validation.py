"""What a tunnel asks of the options and of its token, checked once, at the edge."""

from __future__ import annotations

import re
from dataclasses import replace

from colabwidget.core.errors import ColabWidgetError
from colabwidget.core.options import Options
from colabwidget.core.secrets import Secret
from colabwidget.core.ssh_address import SshServer, check_fingerprint
from colabwidget.tunnels import registry
from colabwidget.tunnels.spec import Field, Provider

_TOKEN = re.compile(r"[A-Za-z0-9_\-.]{16,200}")
_ADD_AUTHTOKEN = re.compile(r"authtoken[\s:=]+(.*)", re.S | re.I)


def checked(options: Options, *, whole: bool = True) -> Options:
    """Return the options in their final form.

    Parameters
    ----------
    options
        What the user asked for.
    whole
        Whether all are there; else nothing is said of what is missing.

    Raises
    ------
    ColabWidgetError
        With the field at fault.
    """
    provider = registry.find(options.tunnel)
    regions = [region["value"] for region in provider["regions"]]
    if options.region and regions and options.region not in regions:
        known = ", ".join(filter(None, regions))
        raise ColabWidgetError("region_unknown", region=repr(options.region), regions=known)
    options.check_texts()
    for field in provider["fields"] if whole else ():
        _check_field(options, field, provider["title"])
    final = options.checked(whole=whole)
    return final if regions else replace(final, region="")


def parse_token(text: str, provider: Provider = registry.BUILT_IN["ngrok"]) -> Secret:
    """Take a tunnel's authtoken out of what was pasted.

    People paste the whole line ``ngrok config add-authtoken TOKEN``, quotes and trailing
    spaces with it; all of that is understood.

    Parameters
    ----------
    text
        What was pasted.
    provider
        Whose token it shall be.

    Raises
    ------
    ColabWidgetError
        ``token_missing`` for nothing, ``token_unusable`` for what cannot be a token. The
        error never repeats what was pasted.
    """
    rest = text.strip()
    if match := _ADD_AUTHTOKEN.search(rest):
        rest = match.group(1).strip()
    words = [word.strip("\"'`“”‘’<>;,") for word in rest.split()]
    words = [word for word in words if word and not word.startswith("--")]
    if not words:
        raise ColabWidgetError(
            "token_missing", tunnel=provider["title"], link=provider["token_url"]
        )
    if provider["name"] != "ngrok":
        return Secret(rest)  # nobody here knows what it has to look like
    if len(words) > 1:
        raise ColabWidgetError("token_unusable", reason="It has spaces inside.")
    if not _TOKEN.fullmatch(words[0]):
        reason = (
            "It is too short."
            if len(words[0]) < 16
            else "It has characters that no authtoken has, or is too long."
        )
        raise ColabWidgetError("token_unusable", reason=reason)
    return Secret(words[0])


def _check_field(options: Options, field: Field, tunnel: str) -> None:
    """See that what the tunnel asks for is there, and has the form that it needs."""
    name, text = field["name"], getattr(options, field["name"]).strip()
    if not text and field["required"]:
        label = field["label"]
        raise ColabWidgetError("field_missing", field=name, label=label, tunnel=tunnel)
    if text and name == "server" and options.tunnel == "relay":
        SshServer.parse(text)
    if text and name == "server_key" and options.tunnel == "relay":
        check_fingerprint(text)
