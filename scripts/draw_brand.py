"""Draw the pictures in the integration's brand folder from their sources in docs/brand.

Home Assistant and HACS show them: the icon as a square, the logo as wide as it is, each at two sizes, for light and for dark
backgrounds. The sources say themselves what changes on a dark one, and a browser is what reads them best.
"""

from io import BytesIO
import os
from pathlib import Path
from typing import Final

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

ROOT: Final = Path(__file__).resolve().parent.parent
SOURCES: Final = ROOT / "docs/brand"
BRAND: Final = ROOT / "custom_components/open_ev/brand"
HEIGHT: Final = 256
"""Of icon and logo, in pixels; twice that in the @2x pictures. It is the most that a logo may have."""


def render(browser: Browser, source: Path, *, dark: bool) -> Image.Image:
    """Return a source as a picture without background, several times larger than needed, and trimmed."""
    page = browser.new_page(color_scheme="dark" if dark else "light", viewport={"width": 10_000, "height": 2_200})
    page.set_content(
        f"<style>body {{ margin: 0; background: none }} svg {{ height: 2000px; overflow: visible; padding: 100px }}</style>"
        f"{source.read_text('utf-8')}"
    )
    picture = Image.open(BytesIO(page.screenshot(omit_background=True)))
    page.close()
    return picture.crop(picture.getbbox())


def squared(picture: Image.Image) -> Image.Image:
    """Return the picture in the middle of the smallest square that holds it."""
    side = max(picture.size)
    square = Image.new("RGBA", (side, side))
    square.paste(picture, ((side - picture.width) // 2, (side - picture.height) // 2))
    return square


def save(picture: Image.Image, name: str, height: int) -> None:
    """Write the picture at the given height into the brand folder."""
    width = round(picture.width * height / picture.height)
    picture.resize((width, height), Image.Resampling.HAMMING).save(BRAND / name, optimize=True)


def main() -> None:
    """Draw all eight."""
    BRAND.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("OPEN_EV_CHROMIUM") or None, args=["--no-sandbox"]
        )
        for prefix, dark in (("", False), ("dark_", True)):
            for kind in ("icon", "logo"):
                picture = render(browser, SOURCES / f"{kind}.svg", dark=dark)
                picture = squared(picture) if kind == "icon" else picture
                save(picture, f"{prefix}{kind}.png", HEIGHT)
                save(picture, f"{prefix}{kind}@2x.png", 2 * HEIGHT)
        browser.close()


if __name__ == "__main__":
    main()
