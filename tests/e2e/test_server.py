"""A car at an OVMS server: added by hand in the browser, and used. The tests build on one another."""

from collections.abc import AsyncGenerator
import re

from playwright.async_api import expect
import pytest
import pytest_asyncio

from simulators.home_assistant import HomeAssistant, confirm_discovered
from simulators.ovms_module import OvmsModule
from simulators.ovms_server import OvmsServer, ServerV2

from .conftest import PIN, SERVER_PASSWORD
from .frontend import Frontend
from .logs import complaints, secrets_in
from .waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

VEHICLE_ID = "VOLT77"
TITLE = f"Chevrolet Volt/Ampera {VEHICLE_ID}"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server() -> AsyncGenerator[OvmsServer]:
    """A server that knows one car."""
    server = OvmsServer()
    server.add_vehicle(VEHICLE_ID, SERVER_PASSWORD)
    async with server:
        yield server


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server_car(server: OvmsServer) -> AsyncGenerator[OvmsModule]:
    """That car; it knows no broker."""
    module = OvmsModule(vehicle_type="VA", vehicle_id=VEHICLE_ID, pin=PIN)
    module.config["auto", "server.v3"] = "no"
    ServerV2(module, server.port, password=SERVER_PASSWORD)
    async with module:
        yield module


async def test_a_car_at_a_server_is_added_by_hand(
    home: HomeAssistant, server: OvmsServer, server_car: OvmsModule, frontend: Frontend
) -> None:
    """A wrong password is told where it was typed; the right one is all that is missing."""
    await confirm_discovered(home.api, "open_ev")
    page = frontend.page
    await frontend.open("/config/integrations/dashboard")
    await page.get_by_role("button", name="Add integration").click()
    await page.locator("dialog-add-integration input").fill("Open EV")
    await page.locator("dialog-add-integration").get_by_text("Open EV").first.click()
    await page.get_by_text("A car, through an OVMS server").click()
    await page.get_by_text("Another server").click()
    await page.get_by_role("button", name="Submit").click()
    await page.locator("input[name=host]").fill(server.host)
    await page.locator("ha-selector-number input").fill(str(server.port))
    await (
        page.locator("ha-selector-boolean")
        .filter(has_text="Encryption (TLS)")
        .locator("ha-switch, ha-checkbox")
        .click()
    )
    await page.get_by_role("button", name="Submit").click()
    await page.get_by_text("The vehicle: its id and server password").click()
    await page.locator("input[name=vehicle_id]").fill(VEHICLE_ID.lower())
    await page.locator("input[name=password]").fill("wrong")
    await page.get_by_role("button", name="Submit").click()
    await expect(page.get_by_text("The server closes the connection at the login")).to_be_visible()
    await page.locator("input[name=password]").fill(SERVER_PASSWORD)
    await page.get_by_role("button", name="Submit").click()
    await page.get_by_role("button", name="Skip and finish").click()

    [entry] = [entry for entry in await home.api.entries("open_ev") if entry["title"] == TITLE]
    assert entry["state"] == "loaded"


async def test_its_page_shows_it_and_follows_it(
    home: HomeAssistant, server_car: OvmsModule, frontend: Frontend
) -> None:
    """As that of a car on a broker."""
    [device] = [device for device in await home.api.devices() if device["name"] == TITLE]
    await frontend.open(f"/config/devices/device/{device['id']}")
    await expect(frontend.row("Module connection")).to_contain_text("Connected")
    await expect(frontend.page.get_by_text("Firmware: 3.3.006")).to_be_visible()

    await server_car.plug_in()
    await expect(frontend.row("Plugged in")).to_contain_text(re.compile("Plugged in.+Plugged in"))
    await frontend.row("Charging").locator("ha-switch").click()

    async def charges() -> bool:
        return server_car.metrics.boolean("v.c.charging")

    await eventually(charges, what="the car charges")
    await expect(frontend.row("Charge state")).to_contain_text("Charging")


async def test_nobody_complained_and_no_secret_was_logged(home: HomeAssistant) -> None:
    """Not even at the level debug."""
    assert complaints(home.log) == []
    assert secrets_in(home.log) == []
