"""A charger beside the car: added by hand, used, gone and back, all in the browser. The tests build on one another."""

from collections.abc import AsyncGenerator
from functools import partial
import json

from playwright.async_api import expect
import pytest
import pytest_asyncio

from scripts.demo_dashboard import URL_PATH, show_dashboard
from simulators.home_assistant import HomeAssistant, Json, confirm_discovered
from simulators.openevse import Car, Generation, OpenEvse, State
from simulators.ovms_module import OvmsModule

from .conftest import CHARGER, CHARGER_PASSWORD, NETWORK_PASSWORD
from .frontend import Frontend
from .logs import complaints, secrets_in
from .waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

DOMAIN = "open_ev"
TITLE = "openevse"
CAR_LIMIT = 10.0


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def charger() -> AsyncGenerator[OpenEvse]:
    """A charger that wants a password. Its time stands still but for what a test lets pass."""
    evse = OpenEvse(Generation.V5_1, username=CHARGER, password=CHARGER_PASSWORD, on_time=True)
    evse.config["pass"] = NETWORK_PASSWORD
    async with evse:
        yield evse


async def test_charger_is_added_by_its_address(home: HomeAssistant, charger: OpenEvse, frontend: Frontend) -> None:
    """Who has no discovery types an address, and a password because this charger wants one."""
    await confirm_discovered(home.api, DOMAIN)
    page = frontend.page
    await frontend.open("/config/integrations/dashboard")
    await page.get_by_role("button", name="Add integration").click()
    await page.locator("dialog-add-integration input").fill("Open EV")
    await page.locator("dialog-add-integration").get_by_text("Open EV").first.click()
    await page.get_by_text("An OpenEVSE charger").click()
    await page.locator("input[name=host]").fill(charger.url)
    await page.get_by_role("button", name="Submit").click()
    await page.locator("input[name=username]").fill(CHARGER)
    await page.locator("input[name=password]").fill(CHARGER_PASSWORD)
    await page.get_by_role("button", name="Submit").click()
    await frontend.finish()

    entry = await _entry(home)
    assert entry["state"] == "loaded"


async def test_device_page_shows_the_charger(home: HomeAssistant, charger: OpenEvse, frontend: Frontend) -> None:
    """The page tells which charger it is and follows the car on its cable, without anybody asking."""
    page = frontend.page
    await _open_device_page(home, frontend)
    await expect(page.get_by_text("by OpenEVSE")).to_be_visible()
    await expect(page.get_by_text("Firmware: v5.1.2")).to_be_visible()
    await expect(frontend.row("State reason")).to_contain_text("No vehicle")
    await expect(frontend.row("Charging").get_by_role("switch")).to_be_checked()

    charger.plug_in(Car(limit=CAR_LIMIT))
    charger.tick(60)
    assert charger.relay_closed
    await expect(frontend.row("State reason")).to_contain_text("Charging")
    await expect(frontend.row("Charge current")).to_contain_text("10.0 A")


async def test_charging_is_switched(home: HomeAssistant, charger: OpenEvse, frontend: Frontend) -> None:
    """The relay opens and closes, and the page says why the car is not charging."""
    await _open_device_page(home, frontend)
    switch = frontend.row("Charging").locator("ha-switch")
    await switch.click()
    await eventually(partial(_relay_is, charger, closed=False), what="the relay is open")
    await expect(frontend.row("State reason")).to_contain_text("Paused by Home Assistant")
    await expect(frontend.row("Charging").get_by_role("switch")).not_to_be_checked()
    assert charger.state is State.SLEEPING
    assert charger.current == 0

    await switch.click()
    await eventually(partial(_relay_is, charger, closed=True), what="the relay is closed")
    await expect(frontend.row("State reason")).to_contain_text("Charging")
    assert charger.current == CAR_LIMIT


async def test_current_is_set(home: HomeAssistant, charger: OpenEvse, frontend: Frontend) -> None:
    """The car is told of another current, and the charger's memory does not wear."""
    await _open_device_page(home, frontend)
    writes, most = charger.eeprom.writes, charger.pilot
    slider = frontend.row("Charge current limit").get_by_role("slider")
    await expect(slider).to_have_attribute("aria-valuenow", str(most))
    await slider.press("Home")

    async def is_least() -> bool:
        return charger.pilot == 6

    await eventually(is_least, what="the pilot says 6 A")
    await expect(slider).to_have_attribute("aria-valuenow", "6")
    assert charger.current == 6
    assert charger.eeprom.writes == writes
    assert charger.pilot < most


async def test_session_is_followed(home: HomeAssistant, charger: OpenEvse, frontend: Frontend) -> None:
    """What has flown is counted until the car leaves, and then it is told as news."""
    names = await _names(home)
    await _open_device_page(home, frontend)
    before = charger.session_energy
    charger.tick(1800)
    after = charger.session_energy
    assert after == pytest.approx(before + 6 * 240 / 2)

    async def is_counted() -> bool:
        return float(await home.api.state(names["sensor.session_energy"]) or 0) == pytest.approx(after / 1000, abs=0.01)

    await eventually(is_counted, what=f"a session of {after} Wh")
    charger.car_full()
    await expect(frontend.row("State reason")).to_contain_text("Vehicle has finished")
    assert not charger.relay_closed

    charger.unplug()
    await expect(frontend.row("State")).to_contain_text("Not plugged in")
    await expect(frontend.row("State reason")).to_contain_text("No vehicle")

    async def is_told() -> bool:
        session = (await home.api.states())[names["event.session"]]["attributes"]
        return bool(
            session.get("event_type") == "finished" and session["energy"] == pytest.approx(after / 1000, abs=0.01)
        )

    await eventually(is_told, what="the session is told of")


async def test_charger_that_was_away_is_back_by_itself(
    home: HomeAssistant, charger: OpenEvse, frontend: Frontend
) -> None:
    """What is not known is not shown; and a charger that has restarted is believed, whatever it has forgotten."""
    names = await _names(home)
    charger.plug_in(Car(limit=CAR_LIMIT))
    await home.api.act("switch.turn_off", {"entity_id": names["switch.charging_enabled"]})
    assert charger.state is State.SLEEPING
    lines = len(_own_lines(home))

    await charger.refuse_connections()
    await _becomes(home, names["sensor.state"], "unavailable")
    assert await home.api.state(names["switch.charging_enabled"]) == "unavailable"
    assert await home.api.state(names["binary_sensor.connected"]) == "off"

    # The gateway forgets who wanted what.
    charger.restart_gateway()
    charger.tick(30)
    assert charger.relay_closed
    await charger.accept_connections()
    await _becomes(home, names["binary_sensor.connected"], "on", seconds=30)
    await _becomes(home, names["sensor.state"], "charging")
    await _becomes(home, names["switch.charging_enabled"], "on")
    assert [text.partition("] ")[2].split(": ")[0] for text in _own_lines(home)[lines:]] == [
        "The connection to openevse was lost",
        "The connection to openevse is back",
    ]

    await _open_device_page(home, frontend)
    await frontend.row("Charging").locator("ha-switch").click()
    await eventually(partial(_relay_is, charger, closed=False), what="the relay is open")


async def test_dashboard_of_the_demo_shows_both(
    home: HomeAssistant, car: OvmsModule, charger: OpenEvse, frontend: Frontend
) -> None:
    """The dashboard names no entity that is missing, and no card that Home Assistant does not know."""
    names = await _names(home)
    await home.api.act("switch.turn_on", {"entity_id": names["switch.charging_enabled"]})
    charger.tick(600)
    await car.plug_in()
    await car.start_charging()
    await car.tick(600)
    await car.send_modified()
    await _becomes(home, names["sensor.state"], "charging")
    await show_dashboard(home.api)
    await frontend.open(f"/{URL_PATH}/car")
    tiles = frontend.page.locator("hui-tile-card")
    await expect(tiles.filter(has_text="State of charge").first).to_contain_text("%")
    await expect(tiles.filter(has_text="State reason")).to_contain_text("Charging")
    await expect(
        tiles.filter(has_text="Charge current limit").locator("hui-numeric-input-card-feature")
    ).to_be_visible()
    await expect(frontend.page.locator("hui-error-card")).to_have_count(0)


async def test_diagnostics_keep_the_secrets(home: HomeAssistant, charger: OpenEvse) -> None:
    """What a user attaches to an issue opens nobody's charger or network."""
    entry = await _entry(home)
    diagnostics = json.dumps(await home.api.get(f"/api/diagnostics/config_entry/{entry['entry_id']}"))
    assert "session_energy" in diagnostics
    assert secrets_in(diagnostics) == []
    assert charger.serial not in diagnostics


async def test_nobody_complained_and_no_secret_was_logged(home: HomeAssistant) -> None:
    """The loss of the charger is one warning; and at the level debug there is nothing that a user would not publish."""
    told = complaints(home.log)
    assert len(told) == 1, "\n".join(told)
    assert "The connection to openevse was lost" in told[0]
    assert "DEBUG (MainThread) [custom_components.open_ev" in home.log
    assert secrets_in(home.log) == []


async def _entry(home: HomeAssistant) -> Json:
    [entry] = [entry for entry in await home.api.entries(DOMAIN) if entry["title"] == TITLE]
    return entry


async def _names(home: HomeAssistant) -> dict[str, str]:
    return await home.api.entity_ids(DOMAIN, (await _entry(home))["entry_id"])


async def _open_device_page(home: HomeAssistant, frontend: Frontend) -> None:
    [device] = [device for device in await home.api.devices() if device["name"] == TITLE]
    await frontend.open(f"/config/devices/device/{device['id']}")
    await frontend.row("Charging").wait_for()


async def _relay_is(charger: OpenEvse, *, closed: bool) -> bool:
    return charger.relay_closed is closed


async def _becomes(home: HomeAssistant, entity_id: str, state: str, *, seconds: float = 20.0) -> None:
    async def is_so() -> bool:
        return await home.api.state(entity_id) == state

    await eventually(is_so, what=f"{entity_id} is {state}", seconds=seconds)


def _own_lines(home: HomeAssistant) -> list[str]:
    """What the integration logged for everybody to read."""
    return [line for line in home.log.splitlines() if f"[custom_components.{DOMAIN}" in line and " DEBUG " not in line]
