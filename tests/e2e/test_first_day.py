"""The first day with a car: it is found, confirmed and used, all with clicks; and a second one joins it, at an OVMS server.

The tests build on one another.
"""

from collections.abc import AsyncGenerator
import re

from playwright.async_api import expect
import pytest
import pytest_asyncio

from scripts.demo_dashboard import URL_PATH, show_dashboard
from simulators.home_assistant import HomeAssistant
from simulators.ovms_module import OvmsModule
from simulators.ovms_server import OvmsServer, ServerV2

from .conftest import PIN, PREFIX, SERVER_PASSWORD, TITLE, orders
from .frontend import Frontend
from .logs import complaints, secrets_in
from .waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

SECOND = "VOLT77"
SECOND_TITLE = f"Chevrolet Volt/Ampera {SECOND}"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server() -> AsyncGenerator[OvmsServer]:
    """A server that knows another car."""
    server = OvmsServer()
    server.add_vehicle(SECOND, SERVER_PASSWORD)
    async with server:
        yield server


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server_car(server: OvmsServer) -> AsyncGenerator[OvmsModule]:
    """That car; it knows no broker."""
    module = OvmsModule(vehicle_type="VA", vehicle_id=SECOND, pin=PIN)
    module.config["auto", "server.v3"] = "no"
    ServerV2(module, server.port, password=SERVER_PASSWORD)
    async with module:
        yield module


async def test_discovered_car_is_set_up_with_two_clicks(home: HomeAssistant, frontend: Frontend) -> None:
    """Who has the MQTT integration has nothing to type."""
    page = frontend.page
    await frontend.open("/config/integrations/dashboard")
    card = page.locator("ha-config-flow-card").filter(has_text=TITLE)
    await expect(card).to_contain_text("Open EV")

    await card.get_by_role("button", name="Add").click()
    await expect(page.get_by_text(f"Do you want to set up {TITLE}?")).to_be_visible()
    await expect(page.get_by_text(PREFIX)).to_be_visible()
    await page.get_by_role("button", name="Submit").click()
    await frontend.finish()

    [entry] = await home.api.entries("open_ev")
    assert entry["title"] == TITLE
    assert entry["state"] == "loaded"


async def test_device_page_shows_the_car(home: HomeAssistant, car: OvmsModule, frontend: Frontend) -> None:
    """The page tells which car it is, what it can do and how it is."""
    page = frontend.page
    await _open_device_page(home, frontend)
    await expect(page.get_by_text("Chevrolet Volt/Ampera (VA)")).to_be_visible()
    await expect(page.get_by_text("by Open Vehicles")).to_be_visible()
    await expect(page.get_by_text("Firmware: 3.3.006")).to_be_visible()
    await expect(frontend.row("Doors")).to_contain_text("Unlock")
    await expect(frontend.row("State of charge")).to_contain_text("63%")
    await expect(frontend.row("Module connection")).to_contain_text("Connected")


async def test_lock_opens_with_the_right_pin_only(home: HomeAssistant, car: OvmsModule, frontend: Frontend) -> None:
    """A refusal says that it may be the PIN, with the car's own words, and the lock shows what the car does."""
    doors = (await home.api.entity_ids("open_ev"))["lock.doors"]
    await _open_device_page(home, frontend)
    assert car.metrics.boolean("v.e.locked")

    await frontend.row("Doors").get_by_role("button", name="Unlock").click()
    await frontend.code_field.fill("1234")
    await frontend.enter_code("1234")
    await expect(frontend.toast).to_contain_text("Perhaps the PIN is wrong")
    await expect(frontend.toast).to_contain_text("Error: vehicle could not be unlocked")
    assert orders(car) == []
    assert car.metrics.boolean("v.e.locked")
    assert await home.api.state(doors) == "locked"

    await frontend.row("Doors").get_by_role("button", name="Unlock").click()
    await frontend.enter_code(PIN)
    await expect(frontend.row("Doors").get_by_role("button", name="Lock", exact=True)).to_be_visible()

    async def is_open() -> bool:
        return await home.api.state(doors) == "unlocked"

    await eventually(is_open, what="the car says that it is open")
    assert orders(car) == [f"unlock {PIN}"]
    assert not car.metrics.boolean("v.e.locked")


async def test_charging_is_started_and_followed(home: HomeAssistant, car: OvmsModule, frontend: Frontend) -> None:
    """A click starts the charge; what follows arrives by itself."""
    names = await home.api.entity_ids("open_ev")
    await car.plug_in()
    await car.send_modified()
    await _open_device_page(home, frontend)
    await expect(frontend.row("Plugged in")).to_contain_text(re.compile("Plugged in.+Plugged in"))
    before = car.metrics.number("v.b.soc")

    await frontend.row("Charging").locator("ha-switch").click()

    async def charges() -> bool:
        return car.metrics.boolean("v.c.charging")

    await eventually(charges, what="the car charges")
    assert orders(car)[-1] == "charge start"
    await expect(frontend.row("Charging").get_by_role("switch")).to_be_checked()
    await expect(frontend.row("Charge state")).to_contain_text("Charging")

    # Half an hour at the socket.
    for _ in range(6):
        await car.tick(300)
    after = car.metrics.number("v.b.soc")
    assert after > before

    async def shown() -> bool:
        return float(await home.api.state(names["sensor.state_of_charge"]) or 0) == pytest.approx(after, abs=0.05)

    await eventually(shown, what=f"a state of charge of {after}")
    assert float(await home.api.state(names["sensor.charge_power"]) or 0) > 1


async def test_action_answers_with_what_the_car_said(home: HomeAssistant) -> None:
    """An administrator has the module's shell, and reads its reply."""
    [entry] = await home.api.entries("open_ev")
    answer = await home.api.respond(
        "open_ev.send_command", config_entry_id=entry["entry_id"], command="metrics list v.b.soc"
    )
    assert re.search(r"v\.b\.soc\s+\d+", answer["reply"])


async def test_dashboard_of_the_demo_shows_the_car(home: HomeAssistant, frontend: Frontend) -> None:
    """The dashboard names no entity that this car lacks, and no card that Home Assistant does not know."""
    await show_dashboard(home.api)
    await frontend.open(f"/{URL_PATH}/car")
    await expect(frontend.page.locator("hui-tile-card").first).to_contain_text(
        re.compile(r"State of charge.+\d%", re.DOTALL)
    )
    await expect(frontend.page.locator("hui-error-card")).to_have_count(0)


async def test_second_car_at_a_server_is_added_by_hand(
    home: HomeAssistant, server: OvmsServer, server_car: OvmsModule, frontend: Frontend
) -> None:
    """A wrong password is told where it was typed; the right one is all that is missing."""
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
    await page.locator("input[name=vehicle_id]").fill(SECOND.lower())
    await page.locator("input[name=password]").fill("wrong")
    await page.get_by_role("button", name="Submit").click()
    await expect(page.get_by_text("The server closes the connection at the login")).to_be_visible()
    await page.locator("input[name=password]").fill(SERVER_PASSWORD)
    await page.get_by_role("button", name="Submit").click()
    await frontend.finish()

    [entry] = [entry for entry in await home.api.entries("open_ev") if entry["title"] == SECOND_TITLE]
    assert entry["state"] == "loaded"


async def test_page_of_the_second_car_follows_it(
    home: HomeAssistant, server_car: OvmsModule, frontend: Frontend
) -> None:
    """As that of a car on a broker."""
    [device] = [device for device in await home.api.devices() if device["name"] == SECOND_TITLE]
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
    """All of the above left no warning, and at the level debug nothing that a user would not publish."""
    # Home Assistant logs what it has shown to the user who typed the wrong PIN.
    assert re.search(r"DEBUG .+\[custom_components\.open_ev\.clients\.ovms\.mqtt\] The module answered", home.log)
    assert complaints(home.log, "Error during service call to lock.unlock: The car did not do it") == []
    assert secrets_in(home.log) == []


async def _open_device_page(home: HomeAssistant, frontend: Frontend) -> None:
    [device] = [device for device in await home.api.devices() if device["name"] == TITLE]
    await frontend.open(f"/config/devices/device/{device['id']}")
    await frontend.row("Doors").wait_for()
