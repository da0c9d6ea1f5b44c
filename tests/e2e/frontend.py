"""Home Assistant's user interface, used as a person uses it: looking, clicking and typing in a browser."""

from io import BytesIO
import os
from pathlib import Path
import re
import shutil

from PIL import Image
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

    def __init__(self, page: Page, url: str, pictures: Path | None) -> None:
        """Take a page, Home Assistant's address, and where pictures for the documentation go, if they are wanted."""
        self.page = page
        self._url = url
        self._pictures = pictures

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
        await self.page.locator("ha-sidebar").wait_for()
        # The picture that is shown while Home Assistant loads lies over the page, and fades.
        await self.page.locator("#ha-launch-screen").wait_for(state="detached")

    # The page of a device

    def row(self, name: str) -> Locator:
        """The row of an entity on the page of its device."""
        label = self.page.locator(".info", has_text=re.compile(rf"^\s*{re.escape(name)}\s*$"))
        return self.page.locator("hui-generic-entity-row").filter(has=label)

    async def enter_code(self, code: str) -> None:
        """Type a code into the dialog that asks for one, and send it off."""
        await self.code_field.fill(code)
        await self.page.locator("dialog-enter-code").get_by_role("button", name="Unlock").click()

    @property
    def code_field(self) -> Locator:
        """The field of the dialog that asks for a code."""
        return self.page.locator("dialog-enter-code input")

    @property
    def toast(self) -> Locator:
        """The message at the bottom of the page, which tells why something failed."""
        return self.page.locator("ha-toast")

    # Pictures for the documentation

    async def picture(self, name: str, *, clip: Locator | None = None, margin: int = 24) -> None:
        """Keep a picture of the page, or of a part with some margin around it, if pictures are wanted."""
        if self._pictures is None:
            return
        # Let what moves come to rest.
        await self.page.wait_for_timeout(1000)
        shot = Image.open(BytesIO(await self.page.screenshot())).convert("RGB")
        if clip is not None and (box := await clip.bounding_box()) is not None:
            left, top = box["x"] - margin, box["y"] - margin
            right, bottom = box["x"] + box["width"] + margin, box["y"] + box["height"] + margin
            shot = shot.crop(
                (max(0, int(left)), max(0, int(top)), min(shot.width, int(right)), min(shot.height, int(bottom)))
            )
        # The interface has few colours: a palette makes the file a third as large, and nobody sees the difference.
        palette = shot.quantize(256, dither=Image.Dither.NONE)
        palette.save(self._pictures / f"{name}.png", optimize=True)
