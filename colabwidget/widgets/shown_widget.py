"""What all widgets do where they are displayed, above all where no page draws them."""

from __future__ import annotations

from typing import Any

import anywidget

from colabwidget.kernel.undrawn import UNDRAWN


class ShownWidget(anywidget.AnyWidget):
    """A widget that says what to do where it is not drawn."""

    #: What to run in its place in Python, and what to add to the command line.
    _instead = "colabwidget.connect()"
    _option = ""

    def __init__(self, **traits: Any) -> None:
        super().__init__(**traits)
        self.on_msg(lambda *_: UNDRAWN.hear())
        UNDRAWN.watch(self.model_id, self._instead, shown=False)

    def close(self) -> None:
        """Take the widget off the page."""
        if self.comm:
            UNDRAWN.forget(self.model_id)
        super().close()

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        shown = super()._repr_mimebundle_(**kwargs)
        if shown:
            data = shown[0] if isinstance(shown, tuple) else shown
            data["text/plain"] = self._undrawn_text()
        self._on_displayed()
        return shown

    if hasattr(anywidget.AnyWidget, "_ipython_display_"):  # ipywidgets 7

        def _ipython_display_(self, **kwargs: Any) -> None:
            """Display it with the same text as `_repr_mimebundle_`."""
            shown = super()._repr_mimebundle_() if self.comm else None
            if not shown:
                super()._ipython_display_(**kwargs)
                return
            from IPython import display

            data, metadata = shown
            show: Any = display.display  # IPython has no types for it
            show({**data, "text/plain": self._undrawn_text()}, metadata=metadata, raw=True)
            self._handle_displayed(**kwargs)

    def _handle_displayed(self, **kwargs: Any) -> None:
        """Do what `_repr_mimebundle_` does; ipywidgets 7 displays by this."""
        super()._handle_displayed(**kwargs)
        self._on_displayed()

    def _undrawn_text(self) -> str:
        """Return what terminals, converted notebooks and the like show."""
        return (
            f"{self!r}\nNo widget is drawn here. These need none:\n  in Python: {self._instead}\n"
            f"  on a command line: python -m colabwidget connect{self._option}"
        )

    def _on_displayed(self) -> None:
        """Note that it was displayed once more."""
        UNDRAWN.watch(self.model_id, self._instead)
