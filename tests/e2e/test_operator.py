"""An operator of charge points: added by hand in the browser, with one of its charge points, and used."""

from collections.abc import AsyncGenerator
import json

from playwright.async_api import expect
import pytest
import pytest_asyncio

from simulators.cpo import Cpo
from simulators.home_assistant import HomeAssistant, Json, confirm_discovered

from .conftest import OPERATOR_SECRET, OWN_SECRET
from .frontend import Frontend
from .logs import complaints, secrets_in
from .waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

DOMAIN = "open_ev"
OPERATOR = "Open Operator"
TITLE = "Garage 1"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def cpo() -> AsyncGenerator[Cpo]:
    """The operator. What it shows is agreed upon in the browser."""
    async with Cpo(token=OPERATOR_SECRET, callback_token=OWN_SECRET) as cpo:
        yield cpo


async def test_an_operator_is_added_by_hand(home: HomeAssistant, cpo: Cpo, frontend: Frontend) -> None:
    """A wrong token is told, then who charges is asked for, and a charge point is chosen from those that there are."""
    await confirm_discovered(home.api, DOMAIN)
    # It is told where Home Assistant is.
    await home.api.command("config/core/update", internal_url=home.url)
    page = frontend.page
    await frontend.open("/config/integrations/dashboard")
    await page.get_by_role("button", name="Add integration").click()
    await page.locator("dialog-add-integration input").fill("Open EV")
    await page.locator("dialog-add-integration").get_by_text("Open EV").first.click()
    await page.get_by_text("Charge points of an operator", exact=True).click()
    own_secret = page.locator("input[name=own_token]")
    assert len(await own_secret.input_value()) >= 40
    await page.locator("input[name=versions_url]").fill(cpo.versions_url)
    await page.locator("input[name=token]").fill("wrong")
    await own_secret.fill(OWN_SECRET)
    await page.locator("input[name=country_code]").fill("nl")
    await page.locator("input[name=party_id]").fill("hom")
    await page.get_by_role("button", name="Submit").click()
    await expect(page.get_by_text("The operator does not know this token")).to_be_visible()
    await page.locator("input[name=token]").fill(OPERATOR_SECRET)
    await page.get_by_role("button", name="Submit").click()
    await page.locator("input[name=driver_uid]").fill("DRIVER-1")
    await page.locator("input[name=contract_id]").fill("NL-HOM-C1")
    await page.locator("input[name=issuer]").fill("Home")
    await page.get_by_role("button", name="Submit").click()
    await page.get_by_text("Garage, Harbour Street 1, Utrecht").click()
    await page.get_by_role("button", name="Submit").click()
    await page.get_by_text("1 · NL*OPE*E1 · 11.04 kW").click()
    await page.get_by_role("button", name="Submit").click()

    async def is_there() -> bool:
        return any(device["name"] == TITLE for device in await home.api.devices())

    await eventually(is_there, what="the charge point has a page")
    assert (await _entry(home))["state"] == "loaded"


async def test_a_session_in_the_garage(home: HomeAssistant, cpo: Cpo, frontend: Frontend) -> None:
    """It is started and stopped by the switch, and the operator tells Home Assistant what became of each."""
    [device] = [device for device in await home.api.devices() if device["name"] == TITLE]
    await frontend.open(f"/config/devices/device/{device['id']}")
    await expect(frontend.row("State")).to_contain_text("Available")
    cpo.plug_in()
    await frontend.row("Charging").locator("ha-switch").click()

    async def charges() -> bool:
        return cpo.charging()

    await eventually(charges, what="the car charges")
    await expect(frontend.row("State")).to_contain_text("In use")
    await frontend.row("Charging").locator("ha-switch").click()

    async def rests() -> bool:
        return not cpo.charging()

    await eventually(rests, what="the session is over")
    await cpo.settle()
    assert [callback.status for callback in cpo.callbacks] == [200, 200]


async def test_a_refusal_is_told(home: HomeAssistant, cpo: Cpo, frontend: Frontend) -> None:
    """In words that a driver understands."""
    cpo.out_of_order()
    await frontend.row("Charging").locator("ha-switch").click()
    await expect(frontend.toast).to_contain_text("out of order")
    cpo.repair()


async def test_what_is_handed_to_helpers(home: HomeAssistant) -> None:
    """It opens nobody's account."""
    entry = await _entry(home)
    diagnostics = json.dumps(await home.api.get(f"/api/diagnostics/config_entry/{entry['entry_id']}"))
    assert "session_energy" in diagnostics
    assert secrets_in(diagnostics) == []


async def test_nobody_complained_and_no_secret_was_logged(home: HomeAssistant) -> None:
    """Not even at the level debug. The refusal is one error of Home Assistant's own."""
    assert complaints(home.log, "The charge point is out of order") == []
    assert secrets_in(home.log) == []


async def _entry(home: HomeAssistant) -> Json:
    [entry] = [entry for entry in await home.api.entries(DOMAIN) if entry["title"] == OPERATOR]
    return entry
