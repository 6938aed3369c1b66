"""Firefox and WebKitGTK of Debian, driven by their own remote control; Playwright drives neither.

Firefox speaks Marionette, WebKitGTK the WebDriver protocol (https://www.w3.org/TR/webdriver2/).
Clicks and keys come from outside the page, as a user's do.
"""

from __future__ import annotations

import os
import socket
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from marionette_driver import By as MarionetteBy
from marionette_driver.marionette import Marionette
from selenium.webdriver import WebKitGTK
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.webkitgtk.options import Options
from selenium.webdriver.webkitgtk.service import Service

FIREFOX = Path("/usr/bin/firefox-esr")
WEBKIT_DRIVER = Path("/usr/bin/WebKitWebDriver")
MINI_BROWSERS = "/usr/lib/*/webkit2gtk-4.*/MiniBrowser"
TIMEOUT = 60.0  # seconds
SCRIPT_S = 150  # that a script in the page may take
SIZE = (1280, 900)
# The keys of WebDriver's section 17.4.2 that are no letters.
SHIFT, CONTROL, ENTER = "\ue008", "\ue009", "\ue007"
# Nothing but this machine is asked for, whatever the browser would like to know.
FIREFOX_SETTINGS = {"network.dns.disabled": True, "network.captive-portal-service.enabled": False}
#: What makes pages dark: 0 is dark, 1 is light.
FIREFOX_SCHEME = "layout.css.prefers-color-scheme.content-override"
# The parts of the card that are shown, without their texts, which hold passwords.
SHOWN = """
const said = ({ dataset, ariaExpanded }) =>
  [dataset.testid, dataset.phase, dataset.problem, ariaExpanded].filter((word) => word).join(" ");
return [...document.querySelectorAll("[data-testid]")]
  .filter((part) => part.checkVisibility())
  .map(said)
  .join("\\n");
"""


class OtherBrowser(ABC):
    """A browser with one page."""

    name = ""

    @abstractmethod
    def go(self, url: str) -> None:
        """Load a page."""

    @abstractmethod
    def run(self, script: str) -> Any:
        """Return what a function's body returns in the page."""

    @abstractmethod
    def press(self, *keys: str, held: tuple[str, ...] = ()) -> None:
        """Press keys one after the other, where the focus is, while others are held."""

    @abstractmethod
    def _click(self, css: str) -> None: ...

    def wait(self, script: str, seconds: float = TIMEOUT) -> Any:
        """Return what the expression is in the page, once it is true."""
        end = time.monotonic() + seconds
        while not (found := self.run(f"return {script}")):
            if time.monotonic() >= end:
                raise AssertionError(f"{self.name}: never true: {script}\n{self.run(SHOWN)}")
            time.sleep(0.1)
        return found

    def click(self, css: str) -> None:
        """Click on the first element that is shown, once it is there."""
        element = f"document.querySelector({css!r})"
        self.wait(f"{element}?.checkVisibility()")
        # WebKitGTK's control finds no element that an inner part of the page has to scroll to.
        self.run(f"{element}.scrollIntoView({{ block: 'center' }})")
        self._click(css)

    def open(self, css: str) -> None:
        """Click on what opens a part, again where the page has moved below the pointer."""
        while self.run(f"return document.querySelector({css!r})?.ariaExpanded !== 'true'"):
            self.click(css)
            time.sleep(1)  # the click may be late, and a second would close it again

    def type(self, text: str) -> None:
        """Type where the focus is."""
        self.press(*text)


class Firefox(OtherBrowser):
    """Debian's Firefox, without a window."""

    name = "firefox"

    def __init__(self, control: Marionette) -> None:
        self._control = control

    def go(self, url: str) -> None:
        self._control.navigate(url)

    def run(self, script: str) -> Any:
        return self._control.execute_script(script, sandbox=None)

    def press(self, *keys: str, held: tuple[str, ...] = ()) -> None:
        actions = self._control.actions.sequence("key", "keyboard")
        for key in held:
            actions.key_down(key)
        for key in keys:
            actions.key_down(key).key_up(key)
        for key in held:
            actions.key_up(key)
        actions.perform()

    def _click(self, css: str) -> None:
        self._control.find_element(MarionetteBy.CSS_SELECTOR, css).click()


class WebKit(OtherBrowser):
    """The browser that comes with Debian's WebKitGTK, in a window."""

    name = "webkit"

    def __init__(self, control: WebKitGTK) -> None:
        self._control = control

    def go(self, url: str) -> None:
        self._control.get(url)

    def run(self, script: str) -> Any:
        return self._control.execute_script(script)

    def press(self, *keys: str, held: tuple[str, ...] = ()) -> None:
        actions = ActionChains(self._control, duration=0)
        for key in held:
            actions.key_down(key)
        for key in keys:
            actions.send_keys(key)
        for key in held:
            actions.key_up(key)
        actions.perform()

    def _click(self, css: str) -> None:
        self._control.find_element(By.CSS_SELECTOR, css).click()


@contextmanager
def firefox(folder: Path, dark: bool = False) -> Iterator[Firefox]:
    """Firefox with a profile of its own; its log is in a folder."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    control = Marionette(
        bin=str(FIREFOX),
        headless=True,
        gecko_log=str(folder / "firefox.log"),
        host="127.0.0.1",
        port=port,
        prefs={"marionette.port": port, **FIREFOX_SETTINGS, FIREFOX_SCHEME: 0 if dark else 1},
    )
    try:
        control.start_session()
        control.set_window_rect(width=SIZE[0], height=SIZE[1])
        yield Firefox(control)
    finally:
        control.quit()
        control.cleanup()


@contextmanager
def webkit(folder: Path, dark: bool = False) -> Iterator[WebKit]:
    """WebKitGTK's browser on a display of its own; it keeps what it writes below a folder."""
    (program,) = sorted(Path("/").glob(MINI_BROWSERS[1:]))[-1:]
    options = Options()
    options.binary_location = str(program)
    options.add_argument("--automation")
    options.set_capability("browserName", "MiniBrowser")
    with _display(folder) as display:
        environment = {**os.environ, "DISPLAY": display, "HOME": str(folder)}
        environment["GTK_THEME"] = "Adwaita:dark" if dark else "Adwaita"
        service = Service(str(WEBKIT_DRIVER), env=environment)
        control = WebKitGTK(options=options, service=service)
        try:
            control.set_window_size(*SIZE)
            control.set_script_timeout(SCRIPT_S)  # axe looks at all that there is at once
            yield WebKit(control)
        finally:
            control.quit()


@contextmanager
def _display(folder: Path) -> Iterator[str]:
    """An X server, on a number that is free, which speaks to this account's programs only."""
    reading, writing = os.pipe()
    command = ["Xtigervnc", "-displayfd", str(writing), "-nolisten", "tcp"]
    command += ["-rfbunixpath", str(folder / "vnc"), "-SecurityTypes", "None"]
    command += ["-geometry", "{}x{}".format(*SIZE)]
    with subprocess.Popen(command, pass_fds=[writing], stderr=subprocess.DEVNULL) as server:
        os.close(writing)
        try:
            with os.fdopen(reading) as told:
                number = told.readline().strip()
            assert number, "the X server did not start"
            yield f":{number}"
        finally:
            server.terminate()
