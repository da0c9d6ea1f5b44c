"""The pictures of the README: a real Home Assistant with the demo's devices, looked at in a real browser.

`scripts/pictures` runs it. Nothing is drawn or posed: what is shown is what the devices report, and every dialog is left
unsent. Each picture is taken twice, as GitHub shows the README light or dark.
"""

import argparse
import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from io import BytesIO
import logging
from pathlib import Path
import sys
import tempfile
import time
from typing import Final, Literal

from PIL import Image
from playwright.async_api import Browser, Locator, ViewportSize, async_playwright

from scripts.demo import DOMAIN, INTEGRATION, ignore_old_mqtt
from scripts.demo_car import PIN, USERNAME as CAR, make_car
from scripts.demo_charger import add_charger, make_charger, share_cable
from scripts.demo_dashboard import URL_PATH, show_dashboard
from scripts.demo_operator import add_operator, make_operator
from scripts.demo_server import VEHICLE_ID, add_server_car, make_server, make_server_car
from simulators.broker import EmbeddedBroker
from simulators.cpo import Cpo
from simulators.home_assistant import HomeAssistant, use_broker
from simulators.openevse import OpenEvse
from simulators.ovms_module import OvmsModule
from simulators.ovms_server import OvmsServer
from tests.e2e.frontend import CHROMIUM_FLAGS, Frontend, find_chromium

type Scheme = Literal["light", "dark"]

IMAGES: Final = Path(__file__).resolve().parent.parent / "docs/images"
SCHEMES: Final[tuple[Scheme, ...]] = ("light", "dark")
WIDE: Final = ViewportSize(width=1280, height=1000)
DASHBOARD: Final = ViewportSize(width=1600, height=1060)
PHONE: Final = ViewportSize(width=390, height=844)
# What GitHub shows at half its size stays sharp on a phone's and on a good screen.
PHONE_SCALE: Final = 2
# What the devices call themselves.
CAR_NAME: Final = "Nissan Leaf EV42"
CHARGER: Final = "openevse"
CHARGE_POINT: Final = "Garage 1"
# Milliseconds until what shall be on a page is missed.
PATIENCE: Final = 30_000
# Milliseconds in which what moves comes to rest.
REST: Final = 1500
# What the charger counts before the dashboard is looked at, so that there is something in its graphs; in kWh.
CHARGED: Final = 2.0
PATIENT_SECONDS: Final = 600.0
# How often a page is opened until all of it is there.
TRIES: Final = 5

_BROKER_LOGIN = "demo"
_HOME_ASSISTANT = "homeassistant"


@dataclass(frozen=True, slots=True, kw_only=True)
class Household:
    """The demo's devices."""

    broker: EmbeddedBroker
    car: OvmsModule
    server: OvmsServer
    server_car: OvmsModule
    charger: OpenEvse
    operator: Cpo


class Camera:
    """Takes a picture of a page in both color schemes."""

    def __init__(self, frontend: Frontend, folder: Path, scale: int = 1) -> None:
        """Take the browser's page, where the pictures go, and how many dots the browser draws for each point."""
        self.frontend = frontend
        self.page = frontend.page
        self._folder = folder
        self._scale = scale

    async def take(self, name: str, *, clip: Locator | None = None, margin: int = 24) -> None:
        """Take the whole page, or a part with some margin around it."""
        # What the mouse rests on is shaded.
        await self.page.mouse.move(0, 0)
        for scheme in SCHEMES:
            await self.page.emulate_media(color_scheme=scheme)
            await self.page.wait_for_timeout(REST)
            shot = Image.open(BytesIO(await self.page.screenshot())).convert("RGB")
            if clip is not None and (box := await clip.bounding_box()) is not None:
                left, top = box["x"] - margin, box["y"] - margin
                right, bottom = box["x"] + box["width"] + margin, box["y"] + box["height"] + margin
                shot = shot.crop(
                    (
                        max(0, int(left * self._scale)),
                        max(0, int(top * self._scale)),
                        min(shot.width, int(right * self._scale)),
                        min(shot.height, int(bottom * self._scale)),
                    )
                )
            # The interface has few colors: a palette makes the file a third as large, and nobody sees the difference.
            palette = shot.quantize(256, dither=Image.Dither.NONE)
            palette.save(self._folder / f"{name}-{scheme}.png", optimize=True)
        _say(f"Took {name}")


def main() -> int:
    """Take all pictures and return the exit code."""
    parser = argparse.ArgumentParser(prog="scripts/pictures", description=__doc__)
    parser.add_argument("--folder", type=Path, default=IMAGES, help="where they go (default: docs/images)")
    folder: Path = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    logging.getLogger("amqtt").setLevel(logging.CRITICAL)
    asyncio.run(_take_all(folder))
    return 0


async def _take_all(folder: Path) -> None:
    with tempfile.TemporaryDirectory() as home:
        async with AsyncExitStack() as running:
            household = await running.enter_async_context(_household())
            _say("Starting Home Assistant")
            home_assistant = HomeAssistant(Path(home), INTEGRATION)
            await running.enter_async_context(home_assistant)
            await use_broker(
                home_assistant.api, household.broker.port, _HOME_ASSISTANT, _BROKER_LOGIN, protocol="3.1.1"
            )
            await ignore_old_mqtt(home_assistant.api)
            playwright = await running.enter_async_context(async_playwright())
            browser = await playwright.chromium.launch(executable_path=find_chromium(), args=[*CHROMIUM_FLAGS])
            wide = Camera(await _log_in(browser, home_assistant, WIDE, 1), folder)
            phone = Camera(await _log_in(browser, home_assistant, PHONE, PHONE_SCALE), folder, PHONE_SCALE)
            await _discover(wide)
            await _add(wide)
            await _set_up(home_assistant, household)
            await _live(home_assistant, household, wide, phone)
            await browser.close()


@asynccontextmanager
async def _household() -> AsyncGenerator[Household]:
    _say("Starting the broker, the OVMS server, the cars, the charger and the operator")
    accounts = {_HOME_ASSISTANT: _BROKER_LOGIN, CAR: _BROKER_LOGIN}
    async with (
        EmbeddedBroker(accounts=accounts) as broker,
        make_car(broker.port, _BROKER_LOGIN) as car,
        make_server(0) as server,
        make_server_car(server) as server_car,
        make_charger(0) as charger,
        make_operator(0) as operator,
    ):
        yield Household(
            broker=broker, car=car, server=server, server_car=server_car, charger=charger, operator=operator
        )


async def _log_in(browser: Browser, home_assistant: HomeAssistant, size: ViewportSize, scale: int) -> Frontend:
    # A service worker would load the page anew whenever it has brought itself up to date.
    page = await browser.new_page(
        viewport=size, device_scale_factor=scale, color_scheme="light", locale="en-GB", service_workers="block"
    )
    page.set_default_timeout(PATIENCE)
    frontend = Frontend(page, home_assistant.url)
    await frontend.log_in(home_assistant.username, home_assistant.password)
    return frontend


async def _discover(camera: Camera) -> None:
    """Confirm the car that is found, with two clicks."""
    page = camera.page
    await camera.frontend.open("/config/integrations/dashboard")
    card = page.locator("ha-config-flow-card")
    await card.wait_for()
    await camera.take("discovered", clip=card)
    await card.get_by_role("button", name="Add").click()
    await page.get_by_role("button", name="Submit").click()
    await camera.frontend.finish()


async def _add(camera: Camera) -> None:
    """Look at what is asked for each kind of device."""
    page = camera.page
    await _open_menu(camera)
    await _take_dialog(camera, "add")
    await page.get_by_text("An OpenEVSE charger").click()
    await page.locator("input[name=host]").fill("openevse.local")
    await _take_dialog(camera, "add-charger")

    await _open_menu(camera)
    await page.get_by_text("Charge points of an operator", exact=True).click()
    await page.locator("input[name=versions_url]").wait_for()
    await _take_dialog(camera, "add-operator")

    await _open_menu(camera)
    await page.get_by_text("A car, through an OVMS server").click()
    await page.get_by_role("button", name="Submit").click()
    await page.get_by_text("The vehicle: its id and server password").click()
    await page.locator("input[name=vehicle_id]").fill(VEHICLE_ID)
    await _take_dialog(camera, "add-server")


async def _open_menu(camera: Camera) -> None:
    page = camera.page
    await camera.frontend.open("/config/integrations/dashboard")
    await page.get_by_role("button", name="Add integration").click()
    await page.locator("dialog-add-integration input").fill("Open EV")
    await page.locator("dialog-add-integration").get_by_text("Open EV").first.click()
    await page.get_by_text("An OpenEVSE charger").wait_for()


async def _take_dialog(camera: Camera, name: str) -> None:
    await camera.take(name, clip=camera.page.locator("dialog-data-entry-flow dialog"), margin=0)


async def _set_up(home_assistant: HomeAssistant, household: Household) -> None:
    """Add the other devices, as the demo does, and start what takes a while."""
    api = home_assistant.api
    await add_charger(api, DOMAIN, household.charger.url)
    await add_server_car(api, DOMAIN, household.server)
    await api.command("config/core/update", internal_url=home_assistant.url)
    await add_operator(api, DOMAIN, household.operator)
    await show_dashboard(api)


async def _live(home_assistant: HomeAssistant, household: Household, wide: Camera, phone: Camera) -> None:
    """Let the devices live for a while and look at them."""
    for car in (household.car, household.server_car):
        await car.plug_in()
        await car.start_charging()
    names = await home_assistant.api.entity_ids(DOMAIN)
    # Asked for at once: Home Assistant closes a WebSocket on which nobody reads for a minute.
    devices = {device["name"]: device["id"] for device in await home_assistant.api.devices()}
    await home_assistant.api.act("switch.turn_on", {"entity_id": names["switch.session"]})
    async with asyncio.TaskGroup() as tasks:
        cable = tasks.create_task(share_cable(household.car, household.charger))
        _say(f"Charging {CHARGED} kWh, which takes minutes")
        await _charged(home_assistant)
        await wide.page.set_viewport_size(DASHBOARD)
        for camera, name in ((wide, "dashboard"), (phone, "dashboard-phone")):
            await camera.frontend.open(f"/{URL_PATH}/car")
            await camera.take(name)
        await wide.page.set_viewport_size(WIDE)
        for name, device in (("car", CAR_NAME), ("charger", CHARGER), ("charge-point", CHARGE_POINT)):
            await _open_device(wide, devices[device])
            await wide.take(name)
        await _open_device(phone, devices[CAR_NAME])
        await phone.take("car-phone")
        await phone.frontend.row("Doors").get_by_role("button", name="Unlock").click()
        await phone.frontend.code_field.fill(PIN)
        await phone.take("lock-phone")
        cable.cancel()


async def _charged(home_assistant: HomeAssistant) -> None:
    """Wait until the car at the charger has taken enough."""
    [charger] = [entry for entry in await home_assistant.api.entries(DOMAIN) if entry["title"] == CHARGER]
    counter = (await home_assistant.api.entity_ids(DOMAIN, charger["entry_id"]))["sensor.session_energy"]
    async with asyncio.timeout(PATIENT_SECONDS):
        while True:
            told = await home_assistant.api.state(counter)
            if told not in (None, "unknown", "unavailable") and float(told) >= CHARGED:
                return
            await asyncio.sleep(1)


async def _open_device(camera: Camera, device_id: str) -> None:
    page = camera.page
    named = page.get_by_text("Visit", exact=True).or_(page.get_by_text("Download diagnostics"))
    for _ in range(TRIES):
        await camera.frontend.open(f"/config/devices/device/{device_id}")
        await page.get_by_text("Device info").wait_for()
        await page.wait_for_timeout(REST)
        # Links that are drawn before their names are loaded stay without.
        if await named.first.is_visible():
            return
    raise TimeoutError("the page of a device does not name its links")


_started = time.monotonic()


def _say(text: str) -> None:
    print(f"==> {text} ({time.monotonic() - _started:.1f} s)", flush=True)


if __name__ == "__main__":
    sys.exit(main())
