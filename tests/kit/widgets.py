"""What pages and IPython do to a `ConnectWidget`, without either."""

from __future__ import annotations

import threading
from collections.abc import Callable

import ipywidgets

from colabwidget import ConnectWidget
from colabwidget.core.private_fields import split_private

Make = Callable[..., ConnectWidget]


def threads() -> list[str]:
    return [one.name for one in threading.enumerate() if one.name.startswith("colabwidget")]


def page_sets(widget: ConnectWidget, **values: object) -> None:
    """A page's message that it has set these traits."""
    data = {"method": "update", "state": values, "buffer_paths": []}
    widget._handle_msg({"content": {"data": data}, "buffers": []})


def page_says(widget: ConnectWidget, kind: str, **content: object) -> None:
    """A page's message, as a kernel hands it on: its private fields are in a buffer."""
    page_sends(widget, *split_private({"type": kind, **content}))


def has_comm(widget: ConnectWidget) -> bool:
    """Whether the widget's comm takes messages here: before ipykernel 6.19, a kernel did for it."""
    return widget.comm is not None and getattr(widget.comm, "kernel", widget.comm) is not None


def page_sends(widget: ConnectWidget, content: object, buffers: list[bytes]) -> None:
    """Any message of a page, through the comm where that works without a kernel."""
    data = {"method": "custom", "content": content}
    views = [memoryview(buffer) for buffer in buffers]
    handle = widget.comm.handle_msg if has_comm(widget) else widget._handle_msg
    handle({"content": {"data": data}, "buffers": views})


def settled(widget: ConnectWidget) -> None:
    """Return when the widget has done all that it was told before."""
    done = threading.Event()
    widget._card._bridge.put(done.set)
    assert done.wait(20)


def show(widget: ConnectWidget) -> None:
    """Do what IPython does with the last value of a cell."""
    if hasattr(ipywidgets.Widget, "_ipython_display_"):
        widget._ipython_display_()
    else:
        widget._repr_mimebundle_()


def held_by(thing: object) -> list[object]:
    """An object, and all objects of colabwidget that its attributes lead to."""
    found = {id(thing): thing}
    more = [thing]
    while more:
        for value in vars(more.pop()).values():
            ours = type(value).__module__.startswith("colabwidget")
            if ours and hasattr(value, "__dict__") and id(value) not in found:
                found[id(value)] = value
                more.append(value)
    return [*found.values()]
