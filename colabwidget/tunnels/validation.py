"""What a tunnel asks of the options and of its token, checked once, at the edge."""

from __future__ import annotations

from dataclasses import replace

from colabwidget.core.errors import ColabWidgetError
from colabwidget.core.options import Options
from colabwidget.core.secrets import Secret
from colabwidget.tunnels import registry
from colabwidget.tunnels.spec import Field, TunnelSpec, words_of


def checked(options: Options, *, whole: bool = True) -> Options:
    """Return the options in their final form.

    Parameters
    ----------
    options
        What the user asked for.
    whole
        Whether all are there; else what is missing is no error.

    Raises
    ------
    ColabWidgetError
        With the field at fault.
    """
    spec = registry.find(options.tunnel)
    regions = [region["value"] for region in spec.regions]
    if options.region and regions and options.region not in regions:
        known = ", ".join(filter(None, regions))
        raise ColabWidgetError(
            "region_unknown", tunnel=spec.title, region=repr(options.region), regions=known
        )
    options.check_texts()
    for field in spec.fields if whole else ():
        _check_field(options, field, spec)
    final = options.checked(whole=whole)
    return final if regions else replace(final, region="")


def parse_token(text: str, spec: TunnelSpec) -> Secret:
    """Take a tunnel's token out of what was pasted.

    People paste whole commands, files and lines of code, quotes, comments and invisible characters
    with it; all of that is understood, see `colabwidget.core.pasted_tokens`.

    Parameters
    ----------
    text
        What was pasted.
    spec
        Of the tunnel.

    Raises
    ------
    ColabWidgetError
        ``token_missing`` for nothing, and what the spec raises for what cannot be a token. The
        error never repeats what was pasted.
    """
    from colabwidget.core import pasted_tokens  # a form is shown without it

    rest = pasted_tokens.value_of(text)
    if not words_of(rest):
        raise ColabWidgetError("token_missing", tunnel=spec.title, link=spec.token_url)
    return spec.parse_token(rest)


def _check_field(options: Options, field: Field, spec: TunnelSpec) -> None:
    """Check that the field is filled where it has to be, with what the tunnel can use."""
    name, text = field["name"], getattr(options, field["name"]).strip()
    if text:
        spec.check_field(name, text)
    elif field["required"]:
        raise ColabWidgetError("field_missing", field=name, label=field["label"], tunnel=spec.title)
