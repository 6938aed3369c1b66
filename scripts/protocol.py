"""Makes the TypeScript of what travels between the kernel and the card.

``python scripts/protocol.py`` writes, in js/src/wire, protocol.ts, page-messages.ts and options.ts:
types; and shapes.ts, what a page reads messages into. A test keeps them equal to the classes.
"""

from __future__ import annotations

import json
import re
import sys
import textwrap
from collections.abc import Iterable
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from colabwidget.core import card_messages, choices, client_commands, details, options  # noqa: E402
from colabwidget.core.endpoint import Endpoint  # noqa: E402
from colabwidget.core.errors import ErrorInfo, Offer  # noqa: E402
from colabwidget.core.invitation import Invitation, InvitationDetails  # noqa: E402
from colabwidget.core.load import GpuLoad, Load, Room  # noqa: E402
from colabwidget.core.phase import PHASES, Phase  # noqa: E402
from colabwidget.core.presence import Presence  # noqa: E402
from colabwidget.core.private_fields import PRIVATE_FIELDS  # noqa: E402
from colabwidget.core.secrets import Secret  # noqa: E402
from colabwidget.core.snapshot import Closing, DesktopState, Snapshot, TunnelUse  # noqa: E402
from colabwidget.core.step import StepInfo, StepStatus  # noqa: E402
from colabwidget.hosts import Host  # noqa: E402
from colabwidget.tunnels.spec import Field, Metered, TunnelForm  # noqa: E402

WIRE = Path("js", "src", "wire")

#: Classes whose names in TypeScript are others.
OTHER_NAMES: dict[Any, str] = {
    StepInfo: "Step",
    Field: "AskedField",
    TunnelForm: "Provider",
    choices.ClientProgram: "Client",
    card_messages.DetailsTable: "Details",
}
#: Classes by their names in TypeScript, each after those that it needs.
NAMES: dict[str, Any] = {
    OTHER_NAMES.get(kind, kind.__name__): kind
    for kind in (
        *(StepInfo, Offer, ErrorInfo, Host),
        *(choices.Choice, Field, Metered, TunnelForm),
        *(Endpoint, DesktopState, TunnelUse, Presence, Closing, Invitation, Snapshot),
        *(choices.ClientProgram, client_commands.Tool, details.SshDetails, details.DesktopDetails),
        *(InvitationDetails, card_messages.TunnelDetails, card_messages.DetailsTable),
        *(card_messages.LastReply, card_messages.Kernel),
        *(Room, GpuLoad, Load),
        *card_messages.KERNEL_MESSAGES,
    )
}
_BY_CLASS = {id(kind): name for name, kind in NAMES.items()}

#: Those that the form is made from.
OF_FORM = ("Choice", "AskedField", "Metered", "Provider")

#: Fields that no page looks at.
UNREAD = {
    "Host": {"architecture"},
    "Provider": {"client"},
    "Endpoint": {"port"},
    "SshDetails": {"host", "port", "user"},
    "DesktopDetails": {"display", "port"},
    "SealedMessage": {"data"},
}
Files = Literal["colabwidget.tigervnc", "colabwidget.vnc"]
Asked = Literal[options.FIELD_OPTIONS]  # type: ignore[valid-type]
SomeOptions = object()
#: Types that the Python classes leave open.
TYPES: dict[tuple[str, str], Any] = {
    ("Offer", "options"): SomeOptions,
    ("AskedField", "name"): Asked,
    ("Snapshot", "steps"): list[StepInfo],
    ("Snapshot", "options"): options.Options | None,
    ("Snapshot", "endpoint"): Endpoint | None,
    ("DesktopDetails", "connection_files"): dict[Files, str],
    ("StateMessage", "host"): Host | None,
    ("Connect", "options"): options.Options,
    ("Desktop", "options"): options.Options,
}
#: Whole numbers from 0, where a page must not get another one.
COUNTS = {("Snapshot", "details_revision"), ("Snapshot", "log_end"), ("DetailsMessage", "revision")}
COUNTS |= {("LogMessage", name) for name in ("from", "count", "end")}
LITERALS = {
    get_args(Phase): "Phase",
    get_args(StepStatus): "Status",
    options.FIELD_OPTIONS: "Asked",
    get_args(card_messages.Inside): "Inside",
    get_args(card_messages.Curve): "Curve",
}
MADE = "Made by `python scripts/protocol.py` from the Python classes: edit those."


def fields(name: str, kind: Any) -> dict[str, Any]:
    """Return the fields of a class that a page reads, with their types."""
    return {
        field: TYPES.get((name, field), annotation)
        for field, annotation in get_type_hints(kind).items()
        if not field.startswith("_") and field not in UNREAD.get(name, ())
    }


def is_optional(annotation: Any) -> Any:
    """Return the type that may be ``None`` as well, or nothing."""
    if get_origin(annotation) not in (Union, UnionType):
        return None
    (rest,) = (each for each in get_args(annotation) if each is not NoneType)
    return rest


# Types


def typed(annotation: Any) -> str:
    """Return a type in TypeScript."""
    if rest := is_optional(annotation):
        return f"{typed(rest)} | null"
    if get_origin(annotation) is Literal:
        values = get_args(annotation)
        return LITERALS.get(values) or " | ".join(map(json.dumps, values))
    if get_origin(annotation) is list:
        return f"{typed(get_args(annotation)[0])}[]"
    if get_origin(annotation) is dict:
        key, value = map(typed, get_args(annotation))
        return f"Record<{key}, {value}>"
    if annotation is SomeOptions:
        return "Partial<Options>"
    if annotation is options.Options:
        return "Options"
    plain = {str: "string", Secret: "string", bool: "boolean", int: "number", float: "number"}
    return plain.get(annotation) or _BY_CLASS[id(annotation)]


def comments(kind: Any) -> dict[str, str]:
    """Return what the class's docstring says of each field, in the words of TypeScript."""
    text = textwrap.dedent("    " + (kind.__doc__ or ""))
    _, found, section = text.partition("Parameters\n----------\n")
    if not found:
        return {}
    described: dict[str, str] = {}
    for names, body in re.findall(r"^(\w[\w, ]*)\n((?: +.*\n?)+)", section, re.M):
        for name in names.split(", "):
            described[name] = plain(" ".join(body.split()))
    return described


def plain(text: str) -> str:
    """Return a docstring's text without its marks."""
    return re.sub(r"`+([^`]*)`+", r"\1", text.replace("``None``", "null"))


def comment(text: str, indent: str = "") -> list[str]:
    """Return a comment of TypeScript."""
    if len(line := f"{indent}/** {text} */") <= 100:
        return [line]
    start = f"{indent} * "
    return [
        f"{indent}/**",
        *textwrap.wrap(text, 100, initial_indent=start, subsequent_indent=start),
        f"{indent} */",
    ]


def head(text: str) -> list[str]:
    """Return the first lines of a file."""
    return ["/**", f" * {text}", " *", f" * {MADE}", " */"]


def interface(name: str, kind: Any) -> list[str]:
    """Return the declaration of a class."""
    said, lines = comments(kind), []
    first = plain((kind.__doc__ or "").partition("\n\n")[0])
    if kind.__doc__ and not kind.__doc__.startswith("dict("):
        lines += comment(first)
    lines.append(f"export interface {name} {{")
    for field, annotation in fields(name, kind).items():
        if field in said:
            lines += comment(said[field], "  ")
        lines.append(f"  {field}: {typed(annotation)};")
    return [*lines, "}"]


def option_types() -> list[str]:
    """Return the declarations of the options that a page sets."""
    lines = comment("The options that a page can set, and what each is.")
    lines.append("export interface Options {")
    for name in options.TRAIT_OPTIONS:
        each = options.OPTIONS[name]
        lines += comment(plain(each.help), "  ")
        lines.append(f"  {name}: {typed(type(each.default))};")
    return [
        *lines,
        "}",
        "",
        *comment("The options of the form, and how the token is given."),
        "export interface Settings extends Options {",
        *comment(plain(options.TOKEN_SECRET.help), "  "),
        f"  {options.TOKEN_SECRET.name}: string;",
        "}",
    ]


def servers() -> list[str]:
    """Return the VNC servers, as a field of the form takes them."""
    members = (
        f"  {{ value: {json.dumps(name)}, title: {json.dumps(title)} }},"
        for name, title in options.VNC_SERVERS.items()
    )
    return [
        *comment("The VNC servers that a desktop can have, in the order of the form."),
        "export const VNC_SERVERS: Choice[] = [",
        *members,
        "];",
    ]


def one_of(kind: str, name: str, values: Iterable[str], said: str = "") -> list[str]:
    """Return a list of values, and the type that is one of them."""
    line = f"export const {name} = [{', '.join(map(json.dumps, values))}] as const;"
    lines = [line]
    if len(line) > 100:
        members = (f"  {json.dumps(each)}," for each in values)
        lines = [f"export const {name} = [", *members, "] as const;"]
    return [
        *(comment(said) if said else []),
        *lines,
        f"export type {kind} = (typeof {name})[number];",
    ]


def option_file() -> str:
    """Return js/src/wire/options.ts."""
    parts = [
        head("The options of a session, as a page sets them, and what a form asks for."),
        [
            *comment("The tunnel of a session that opens nothing to the outside."),
            f"export const NO_TUNNEL = {json.dumps(options.NO_TUNNEL)};",
        ],
        one_of("Asked", "ASKED", options.FIELD_OPTIONS, "The options that a tunnel can ask for."),
        option_types(),
        *(interface(name, NAMES[name]) for name in OF_FORM),
        servers(),
    ]
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def protocol() -> str:
    """Return js/src/wire/protocol.ts."""
    kernel = [kind.__name__ for kind in card_messages.KERNEL_MESSAGES]
    parts = [
        [
            *head("The messages between this page and the kernel, as far as the page reads them."),
            'import type { Choice, Options } from "./options";',
            'export * from "./options";',
        ],
        one_of("Phase", "PHASES", PHASES),
        one_of("Status", "STATUSES", get_args(StepStatus)),
        [
            *comment("The kinds of view that the card can show inside."),
            f"export type Inside = {' | '.join(map(json.dumps, get_args(card_messages.Inside)))};",
        ],
        [
            f"export const {name} = {json.dumps(it)};"
            for name, it in {
                **client_commands.ONCE,
                "SOFTWARE_OPENGL": details.SOFTWARE_OPENGL,
            }.items()
        ],
        one_of("Curve", "CURVES", get_args(card_messages.Curve), "A curve of a view's key."),
        *(interface(name, kind) for name, kind in NAMES.items() if name not in OF_FORM),
        ["\n  | ".join(["export type KernelMessage =", *kernel]) + ";"],
        [
            *comment("Fields that travel in a buffer beside the message, by its type."),
            "export const PRIVATE_FIELDS = {",
            *(f"  {kind}: {json.dumps(names)}," for kind, names in PRIVATE_FIELDS.items()),
            "} as const;",
        ],
    ]
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def page_messages() -> str:
    """Return js/src/wire/page-messages.ts."""
    lines = [
        *head("The messages that a page sends."),
        'import type { Inside, Options } from "./protocol";',
        "",
        "export type PageMessage =",
    ]
    for kind in card_messages.PAGE_MESSAGES:
        members = [
            f"{field}: {typed(annotation)}"
            for field, annotation in fields(kind.__name__, kind).items()
        ]
        line = f"  | {{ {'; '.join(members)} }}"
        if len(line) <= 99:
            lines.append(line)
        else:
            lines += ["  | {", *(f"      {member};" for member in members), "    }"]
    return "\n".join(lines) + ";\n"


# Shapes


def shape(name: str, field: str, annotation: Any) -> str:
    """Return the shape of a field: a value of its type, or a reader."""
    if (name, field) in COUNTS:
        return "count"
    if annotation == ErrorInfo | None:
        return "error"
    if rest := is_optional(annotation):
        return f"maybe({shape(name, field, rest)})"
    if get_origin(annotation) is Literal:
        values = get_args(annotation)
        if values == PHASES:
            return "phase"
        return "asked" if values == options.FIELD_OPTIONS else json.dumps(values[0])
    if get_origin(annotation) is list:
        return f"[{shape(name, field, get_args(annotation)[0])}]"
    if get_origin(annotation) is dict:
        key, value = get_args(annotation)
        members = (f"{quoted(each)}: {shape(name, field, value)}" for each in get_args(key))
        return f"{{ {', '.join(members)} }}"
    if annotation is SomeOptions:
        return "partial(OPTIONS)"
    if annotation is options.Options:
        return "OPTIONS"
    empty = {str: '""', Secret: '""', bool: "false", int: "0", float: "0"}
    return empty.get(annotation) or constant(_BY_CLASS[id(annotation)])


def quoted(name: str) -> str:
    """Return a name of a property as the formatter writes it."""
    return name if name.isidentifier() else json.dumps(name)


def constant(name: str) -> str:
    """Return the name of a shape."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).upper()


def shapes() -> str:
    """Return js/src/wire/shapes.ts."""
    of_options = [
        f"  {name}: {value_of(options.OPTIONS[name].default)}," for name in options.TRAIT_OPTIONS
    ]
    parts = [
        [
            *head("The shapes of what a page reads; `fit` says what they mean."),
            'import { count, filled, maybe, member, partial } from "./fit";',
            'import { ASKED, PHASES } from "./protocol";',
            'import type * as P from "./protocol";',
        ],
        [
            "const phase = member(PHASES);",
            "/** A field for another option cannot be drawn; `readTraits` leaves it out. */",
            "const asked = member(ASKED);",
        ],
        ["export const OPTIONS: P.Options = {", *of_options, "};"],
    ]
    for name, kind in NAMES.items():
        lines = [
            f"  {field}: {shape(name, field, annotation)},"
            for field, annotation in fields(name, kind).items()
        ]
        parts.append([f"export const {constant(name)}: P.{name} = {{", *lines, "};"])
        if name == "ErrorInfo":
            said = "/** An error that says nothing is none. */"
            parts.append([said, 'const error = filled(ERROR_INFO, "code", "title");'])
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def value_of(default: object) -> str:
    """Return the shape of an option: nothing is assumed of its text or switch."""
    return {str: '""', bool: "false"}.get(type(default)) or json.dumps(default)


def made() -> dict[Path, str]:
    """Return the files, by their place in the repository."""
    return {
        WIRE / "options.ts": option_file(),
        WIRE / "protocol.ts": protocol(),
        WIRE / "page-messages.ts": page_messages(),
        WIRE / "shapes.ts": shapes(),
    }


if __name__ == "__main__":
    for path, text in made().items():
        (ROOT / path).write_text(text)
