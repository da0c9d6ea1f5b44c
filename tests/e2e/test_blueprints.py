"""All blueprints in a real Home Assistant: saved as its import saves them, made automations of, and what each does at the devices.

The tests build on one another. That they do the right thing at the right time is tested where time can be put forward.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio

from scripts.demo_charger import add_charger
from scripts.demo_operator import TOKENS, add_operator
from simulators.cpo import Cpo
from simulators.home_assistant import Api, HomeAssistant, confirm_discovered
from simulators.openevse import Car, Generation, OpenEvse
from simulators.ovms_module import OvmsModule

from .conftest import PIN
from .logs import complaints, secrets_in
from .waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

DOMAIN = "open_ev"
BLUEPRINTS = Path(__file__).parents[2] / "blueprints" / "automation" / DOMAIN
GRID, PRICE, BUTTON, PERSON = "sensor.grid", "sensor.price", "input_button.car", "person.owner"

type Names = dict[str, str]
"""Entity ids, by domain and what they are."""


@dataclass(frozen=True, kw_only=True)
class Household:
    """A car, a charger, a place in an operator's garage, and Home Assistant."""

    api: Api
    car: OvmsModule
    charger: OpenEvse
    cpo: Cpo
    car_names: Names
    charger_names: Names
    place_names: Names

    async def shows(self, entity_id: str, state: str, *, seconds: float = 30.0) -> None:
        """Wait until an entity has a state."""

        async def is_so() -> bool:
            return await self.api.state(entity_id) == state

        await eventually(is_so, what=f"{entity_id} is {state}", seconds=seconds)

    async def say(self, entity_id: str, state: object, **attributes: Any) -> None:
        """Give a state to what is not ours: a meter, a price, a person, a button."""
        await self.api.post(f"/api/states/{entity_id}", {"state": str(state), "attributes": attributes})

    async def press(self) -> None:
        """Press the button on the wall."""
        await self.say(BUTTON, datetime.now(UTC).isoformat())

    def charges(self) -> bool:
        """Whether the charger lets the car charge."""
        return self.charger.relay_closed

    async def told(self, message: str) -> None:
        """Wait until Home Assistant shows a message."""

        async def is_told() -> bool:
            shown = await self.api.command("persistent_notification/get")
            return any(message in notification["message"] for notification in shown)

        await eventually(is_told, what=message)

    @asynccontextmanager
    async def automated(self, blueprint: str, **inputs: Any) -> AsyncGenerator[str]:
        """Make an automation of a blueprint, as the form in the user interface does, and delete it afterwards."""
        path = f"/api/config/automation/config/{blueprint}"
        use = {"path": f"{DOMAIN}/{blueprint}.yaml", "input": inputs}
        await self.api.post(path, {"alias": blueprint, "use_blueprint": use})
        automation = f"automation.{blueprint}"
        await self.shows(automation, "on")
        try:
            yield automation
        finally:
            await self.api.delete(path)

    async def run(self, automation: str) -> None:
        """Have an automation look now, as it does by itself only at some time."""
        await self.api.act("automation.trigger", {"entity_id": automation}, skip_condition=False)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def household(home: HomeAssistant, car: OvmsModule) -> AsyncGenerator[Household]:
    """Everything set up, and all cables unplugged."""
    await car.unplug()
    await car.send_modified()
    api = home.api
    async with (
        OpenEvse(Generation.V5_1, on_time=True) as charger,
        Cpo(token=TOKENS["token"], callback_token=TOKENS["own_token"]) as cpo,
    ):
        car_entry = await confirm_discovered(api, DOMAIN)
        await add_charger(api, DOMAIN, charger.url)
        await add_operator(api, DOMAIN, cpo)
        ids = {entry["title"]: entry["entry_id"] for entry in await api.entries(DOMAIN)}
        household = Household(
            api=api,
            car=car,
            charger=charger,
            cpo=cpo,
            car_names=await api.entity_ids(DOMAIN, car_entry["entry_id"]),
            charger_names=await api.entity_ids(DOMAIN, ids["openevse"]),
            place_names=await api.entity_ids(DOMAIN, ids["Open Operator"]),
        )
        await household.shows(household.car_names["binary_sensor.plugged_in"], "off")
        yield household


async def test_all_are_imported(household: Household) -> None:
    """Home Assistant finds no fault with any of them."""
    for file in BLUEPRINTS.glob("*.yaml"):
        text = file.read_text(encoding="utf-8")
        await household.api.command(
            "blueprint/save", domain="automation", path=f"{DOMAIN}/{file.name}", yaml=text, source_url=_source(file)
        )
    saved = await household.api.command("blueprint/list", domain="automation")
    assert [path for path, each in saved.items() if "error" in each] == []
    assert len([path for path in saved if path.startswith(f"{DOMAIN}/")]) == len(list(BLUEPRINTS.iterdir()))


async def test_not_plugged_in_is_told(household: Household) -> None:
    """Five minutes after the time: it was missed."""
    names = household.car_names
    plugged_in = names["binary_sensor.plugged_in"]
    async with household.automated(
        "notify_not_plugged_in", plugged_in=plugged_in, time=_clock(minutes=-5)
    ) as automation:
        await household.run(automation)
        await household.told("is not plugged in.")


async def test_the_car_charges_to_a_target(household: Household) -> None:
    """Ten seconds after it was plugged in it starts, and at the target it stops."""
    names, car = household.car_names, household.car
    inputs = {
        "state_of_charge": names["sensor.state_of_charge"],
        "charging": names["switch.charging"],
        "plugged_in": names["binary_sensor.plugged_in"],
    }
    await car.set("v.b.soc", 60.0)
    async with household.automated("charge_to_target", **inputs):
        await car.plug_in()
        await car.send_modified()
        await household.shows(names["switch.charging"], "on")
        assert car.executed[-1] == "charge start"
        await car.set("v.b.soc", 80.0)
        await household.shows(names["switch.charging"], "off")
        assert car.executed[-1] == "charge stop"


async def test_the_session_stops_at_the_target(household: Household) -> None:
    """Which the car has reached already."""
    names, session = household.car_names, household.place_names["switch.session"]
    household.cpo.plug_in()
    await household.api.act("switch.turn_on", {"entity_id": session})
    await household.shows(session, "on")
    inputs = {"state_of_charge": names["sensor.state_of_charge"], "session": session}
    async with household.automated("stop_session_at_target", **inputs) as automation:
        await household.run(automation)
        await household.shows(session, "off")
    assert not household.cpo.charging()


async def test_the_cheapest_hours(household: Household) -> None:
    """Now is none of them, until the price falls below what is always taken."""
    names, charger = household.charger_names, household.charger
    inputs = {
        "price": PRICE,
        "charging": names["switch.charging_enabled"],
        "plugged_in": names["binary_sensor.vehicle_connected"],
        "progress": names["sensor.session_time"],
        "ready": _clock(hours=10),
    }
    charger.plug_in(Car(limit=16))
    charger.tick(60)
    assert household.charges()
    await household.shows(names["binary_sensor.vehicle_connected"], "on")
    now = datetime.now(UTC)
    prices = [{"start": (now + timedelta(hours=hour)).isoformat(), "value": 30 - 2 * hour} for hour in range(11)]
    async with household.automated("charge_in_cheapest_hours", **inputs):
        await household.say(PRICE, 30, prices=prices)
        await household.shows(names["switch.charging_enabled"], "off")
        assert not household.charges()
        await household.say(PRICE, -1, prices=prices)
        await household.shows(names["switch.charging_enabled"], "on")
        charger.tick(5)
        assert household.charges()


async def test_the_current_follows_the_sun(household: Household) -> None:
    """What goes into the grid goes into the car."""
    names, charger = household.charger_names, household.charger
    inputs = {
        "grid": GRID,
        "grid_sign": "export",
        "charging": names["switch.charging_enabled"],
        "current": names["number.charge_current"],
        "power": names["sensor.charge_power"],
        "plugged_in": names["binary_sensor.vehicle_connected"],
    }
    # The car takes 16 A, and the roof gives 10 A of them.
    await household.say(GRID, 0, unit_of_measurement="W")
    async with household.automated("charge_with_solar_surplus", **inputs):
        taken = 1000 * float(await household.api.state(names["sensor.charge_power"]) or 0)
        await household.say(GRID, 100 + 10.5 * 230 - taken, unit_of_measurement="W")
        await household.shows(names["number.charge_current"], "10")
        assert charger.pilot == 10


async def test_the_cabin_is_warm_at_departure(household: Household) -> None:
    """Which is in ten minutes."""
    names, car = household.car_names, household.car
    inputs = {
        "climate": names["climate.cabin"],
        "plugged_in": names["binary_sensor.plugged_in"],
        "departure": _clock(minutes=10),
        "days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"],
    }
    async with household.automated("precondition_before_departure", **inputs) as automation:
        await household.run(automation)
        await household.shows(names["climate.cabin"], "heat_cool")
        assert car.executed[-1] == "climatecontrol on"


async def test_a_low_12_v_battery_is_looked_at(household: Household) -> None:
    """For ten minutes, because a dip is none; it is not told that soon."""
    names, car = household.car_names, household.car
    inputs = {"alert": names["binary_sensor.battery_12v_alert"]}
    async with household.automated("notify_12v_low", **inputs) as automation:
        await car.set("v.b.12v.voltage.alert", value=True)

        async def is_looking() -> bool:
            state = (await household.api.states())[automation]
            return bool(state["attributes"]["current"])

        await eventually(is_looking, what="the automation waits whether it stays low")


async def test_the_button_unlocks(household: Household) -> None:
    """Pressed twice, somebody home, and with the default code of the lock."""
    names, car = household.car_names, household.car
    lock = names["lock.doors"]
    await household.api.command(
        "config/entity_registry/update", entity_id=lock, options_domain="lock", options={"default_code": PIN}
    )
    await car.set("v.e.locked", value=True)
    await household.shows(lock, "locked")
    await household.say(PERSON, "home")
    await household.say(BUTTON, "unknown")
    async with household.automated("unlock_when_home", button=BUTTON, lock=lock, people=[PERSON]):
        await household.press()
        await household.told("Press again to unlock")
        assert car.metrics.boolean("v.e.locked")

        async def opens() -> bool:
            await household.press()
            return not car.metrics.boolean("v.e.locked")

        await eventually(opens, what="the doors are unlocked")
        await household.shows(lock, "unlocked")


async def test_nobody_complained_and_no_secret_was_logged(home: HomeAssistant) -> None:
    """Not a template, not a condition, not a trigger."""
    assert complaints(home.log) == []
    assert secrets_in(home.log) == []


def _source(file: Path) -> str:
    return f"https://github.com/open-ev/open-ev/blob/main/blueprints/automation/{DOMAIN}/{file.name}"


def _clock(**later: float) -> str:
    """What clocks on the wall show so much later where Home Assistant is."""
    return f"{datetime.now(ZoneInfo('Europe/Berlin')) + timedelta(**later):%H:%M:%S}"
