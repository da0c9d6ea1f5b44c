"""Home Assistant's user interface, used as a person uses it: looking, clicking and typing in a browser."""

import os
import re
import shutil

from playwright.async_api import Locator, Page, ViewportSize

# Nothing of the browser's own shall look for the internet. Chromium refuses its sandbox to root, as which CI often runs.
CHROMIUM_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
SIZE = ViewportSize(width=1280, height=800)


def find_chromium() -> str | None:
    """Return the path of a Chromium, None where there is none."""
    given = os.environ.get("OPEN_EV_CHROMIUM")
    return given or shutil.which("chromium") or shutil.which("google-chrome")


class Frontend:
    """The browser's one page."""

    def __init__(self, page: Page, url: str) -> None:
        """Take a page, and Home Assistant's address."""
        self.page = page
        self._url = url

    async def log_in(self, username: str, password: str) -> None:
        """Log in, and wait for the first page."""
        await self.page.goto(self._url)
        await self.page.locator("input[name=username]").fill(username)
        await self.page.locator("input[name=password]").fill(password)
        await self.page.get_by_role("button", name="Log in").click()
        await self._loaded()

    async def open(self, path: str) -> None:
        """Go to a page of Home Assistant."""
        await self.page.goto(f"{self._url}{path}")
        await self._loaded()

    async def _loaded(self) -> None:
        # A narrow page hides it.
        await self.page.locator("ha-sidebar").wait_for(state="attached")
        # The picture that is shown while Home Assistant loads lies over the page, and fades.
        await self.page.locator("#ha-launch-screen").wait_for(state="detached")

    # Dialogs

    async def finish(self) -> None:
        """Leave the last page of a dialog that has set something up."""
        await self.page.get_by_role("button", name="Skip and finish").click()
        await self._dialog_closed()

    async def _dialog_closed(self) -> None:
        # A dialog that closes goes back in the browser's history, which would keep another page from being opened.
        await self.page.wait_for_function("() => !history.state?.dialog")

    # The page of a device

    def row(self, name: str) -> Locator:
        """The row of an entity on the page of its device."""
        label = self.page.locator(".info", has_text=re.compile(rf"^\s*{re.escape(name)}\s*$"))
        return self.page.locator("hui-generic-entity-row").filter(has=label)

    async def enter_code(self, code: str) -> None:
        """Type a code into the dialog that asks for one, and send it off."""
        await self.code_field.fill(code)
        await self.page.locator("dialog-enter-code").get_by_role("button", name="Unlock").click()
        await self._dialog_closed()

    @property
    def code_field(self) -> Locator:
        """The field of the dialog that asks for a code."""
        return self.page.locator("dialog-enter-code input")

    @property
    def toast(self) -> Locator:
        """The message at the bottom of the page, which tells why something failed."""
        return self.page.locator("ha-toast")
