"""The blueprint that charges with solar surplus."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import cycle, islice, pairwise

from homeassistant.core import HomeAssistant
import pytest

from simulators.openevse import Generation

from .automations import Clock, automated, begin_to_start, clock
from .dialog import uses_home_assistants_server
from .driveway import Station, installed
from .garage import MOMENT, eventually, remember

pytestmark = uses_home_assistants_server

BLUEPRINT = "charge_with_solar_surplus"
GRID = "sensor.grid"
HOUSE = 300
MINUTE = 60


@dataclass(frozen=True, kw_only=True)
class Roof:
    """A house with panels, a meter at its grid connection, and a charger behind it."""

    hass: HomeAssistant
    time: Clock
    station: Station
    sign: int = 1
    unit: str = "W"

    @property
    def flow(self) -> str:
        """What says how much the car takes; the oldest chargers do not know their voltage."""
        return "charge_power" if self.station.has("charge_power", "sensor") else "charge_current"

    @property
    def inputs(self) -> dict[str, object]:
        """What a user fills in."""
        return {
            "grid": GRID,
            "charging": self.station.entity_id("charging_enabled", "switch"),
            "current": self.station.entity_id("charge_current", "number"),
            "power": self.station.entity_id(self.flow, "sensor"),
            "plugged_in": self.station.entity_id("vehicle_connected", "binary_sensor"),
        }

    async def measure(self, solar: float | None) -> None:
        """Have charger and meter tell what flows; the meter says nothing without a value."""
        self.station.evse.tick(5)
        await eventually(self._is_read, "what flows is read")
        if solar is None:
            self.hass.states.async_set(GRID, "unavailable")
            return
        grid = self.sign * (HOUSE + self._watts(volts=230) - solar) / (1000 if self.unit == "kW" else 1)
        self.hass.states.async_set(GRID, f"{grid:.3f}", {"unit_of_measurement": self.unit, "device_class": "power"})

    def _watts(self, *, volts: float) -> float:
        """What the charger says that the car takes; the oldest tell only the current."""
        return float(self.station.state(self.flow, "sensor")) * (1000 if self.flow == "charge_power" else volts)

    def _is_read(self) -> bool:
        current = float(self.station.state("charge_current", "sensor"))
        volts = float(self.station.state("voltage", "sensor")) if self.flow == "charge_power" else 230
        return (
            abs(current - self.station.evse.current) < 0.1
            and abs(self._watts(volts=volts) - current * volts) < volts / 2
        )

    async def shine(self, solar: float | None, seconds: float) -> None:
        """Let the sun shine for a while, with a reading each half minute."""
        for _ in range(int(seconds / 30)):
            await self.measure(solar)
            await self.time.forward(30, step=10)
        await self.measure(solar)

    async def comes_to(self, *, charging: bool | None = None, pilot: int | None = None) -> None:
        """Wait until the charger does this. What was decided at a time still takes a real moment to get there."""
        if charging is not None:
            state = "on" if charging else "off"
            await self.station.shows("charging_enabled", "switch", state)
        if pilot is not None:
            await eventually(lambda: self.station.evse.pilot == pilot, f"the pilot is {pilot} A")


@asynccontextmanager
async def roof(
    hass: HomeAssistant,
    generation: Generation = Generation.V5_1,
    *,
    sign: int = 1,
    unit: str = "W",
    charging: bool = False,
) -> AsyncGenerator[Roof]:
    """A house whose car is plugged in, and does not charge unless that is asked for."""
    with clock(hass, MOMENT) as time:
        async with installed(hass, generation) as station:
            house = Roof(hass=hass, time=time, station=station, sign=sign, unit=unit)
            station.evse.plug_in()
            station.evse.tick(5)
            await station.shows("vehicle_connected", "binary_sensor", "on")
            if not charging:
                await station.call("charging_enabled", "switch.turn_off")
            await station.looked()
            yield house


def watts(amperes: float) -> float:
    """The sun that gives a car so much, with what the house takes and what is left over."""
    return HOUSE + 100 + amperes * 230


@pytest.mark.parametrize("generation", [Generation.V2_7, Generation.V3_3, Generation.V4_2, Generation.V5_1])
async def test_the_current_follows_the_sun(hass: HomeAssistant, generation: Generation) -> None:
    """It starts when the sun stays, follows it up and down, and stops when it is gone for long."""
    async with roof(hass, generation) as house, automated(hass, BLUEPRINT, **house.inputs):
        evse = house.station.evse
        await house.shine(watts(8.5), 4 * MINUTE)
        await house.comes_to(charging=False)
        await house.shine(watts(8.5), 3 * MINUTE)
        await house.comes_to(charging=True)
        assert evse.relay_closed
        await house.comes_to(pilot=8)

        await house.shine(watts(12.5), 2 * MINUTE)
        await house.comes_to(pilot=12)
        await house.shine(watts(7.5), 2 * MINUTE)
        await house.comes_to(pilot=7)
        await house.shine(watts(1), 2 * MINUTE)
        await house.comes_to(pilot=6)
        await house.shine(watts(1), 6 * MINUTE)
        await house.comes_to(charging=True)
        await house.shine(watts(1), 5 * MINUTE)
        await house.comes_to(charging=False)
        assert not evse.relay_closed


async def test_a_gap_in_the_clouds_does_not_start_and_a_cloud_does_not_stop(hass: HomeAssistant) -> None:
    """Relays wear, and some cars give up after being switched too often."""
    async with roof(hass) as house, automated(hass, BLUEPRINT, **house.inputs):
        for _ in range(3):
            await house.shine(watts(10), 3 * MINUTE)
            await house.shine(watts(2), 2 * MINUTE)
        await house.comes_to(charging=False)
        await house.shine(watts(10.5), 7 * MINUTE)
        await house.comes_to(charging=True)
        for _ in range(3):
            await house.shine(watts(2), 8 * MINUTE)
            await house.comes_to(pilot=6)
            await house.shine(watts(10.5), 2 * MINUTE)
            await house.comes_to(pilot=10)
        await house.comes_to(charging=True)


@pytest.mark.parametrize("amperes", [100, 6.2])
async def test_the_current_stays_within_the_chargers_limits(hass: HomeAssistant, amperes: float) -> None:
    """However strong the sun."""
    async with roof(hass) as house:
        house.station.evse.config["max_current_soft"] = 13
        house.station.evse.say(config_version=99)
        await house.station.looked()
        async with automated(hass, BLUEPRINT, **house.inputs):
            await house.shine(watts(amperes), 7 * MINUTE)
            await house.comes_to(charging=True)
            await house.comes_to(pilot=13 if amperes > 13 else 6)


async def test_a_meter_that_says_nothing_is_no_sun_and_no_night(hass: HomeAssistant) -> None:
    """It starts nothing, changes no current, and after a while charging stops."""
    async with roof(hass) as house, automated(hass, BLUEPRINT, **house.inputs):
        await house.shine(None, 10 * MINUTE)
        await house.comes_to(charging=False)
        await house.shine(watts(10.5), 7 * MINUTE)
        await house.comes_to(pilot=10)
        await house.shine(None, 9 * MINUTE)
        await house.comes_to(charging=True)
        await house.comes_to(pilot=10)
        await house.shine(None, 2 * MINUTE)
        await house.comes_to(charging=False)


async def test_a_car_that_is_plugged_in_without_sun_is_not_charged(hass: HomeAssistant) -> None:
    """The charger charges by itself as soon as there is a car, and is stopped at once."""
    async with roof(hass, charging=True) as house, automated(hass, BLUEPRINT, **house.inputs):
        evse = house.station.evse
        evse.unplug()
        evse.tick(5)
        await house.station.shows("vehicle_connected", "binary_sensor", "off")
        await house.shine(watts(-5), 2 * MINUTE)
        evse.plug_in()
        evse.tick(5)
        await house.station.shows("charging_enabled", "switch", "off")
        assert not evse.relay_closed


async def test_a_charger_without_a_car_is_left_alone(hass: HomeAssistant) -> None:
    """Whatever the weather."""
    async with roof(hass, charging=True) as house:
        house.station.evse.unplug()
        house.station.evse.tick(5)
        await house.station.shows("vehicle_connected", "binary_sensor", "off")
        states = remember(hass, house.station.entity_id("charging_enabled", "switch"))
        pilot = house.station.evse.pilot
        async with automated(hass, BLUEPRINT, **house.inputs):
            await house.shine(watts(10), 10 * MINUTE)
            await house.shine(watts(-5), 15 * MINUTE)
        assert states == []
        assert house.station.evse.pilot == pilot


async def test_it_may_go_on_with_little(hass: HomeAssistant) -> None:
    """For cars that do not wake up again, and for people who do."""
    async with roof(hass, charging=True) as house, automated(hass, BLUEPRINT, **house.inputs, without_sun="keep"):
        await house.shine(watts(-3), 20 * MINUTE)
        await house.comes_to(charging=True)
        await house.comes_to(pilot=6)
        await house.shine(watts(9.5), 2 * MINUTE)
        await house.comes_to(pilot=9)


@pytest.mark.parametrize(("sign", "word", "unit"), [(1, "import", "kW"), (-1, "export", "W"), (-1, "export", "kW")])
async def test_meters_of_every_kind_are_understood(hass: HomeAssistant, sign: int, word: str, unit: str) -> None:
    """Some count what is taken, some what is given, in W or in kW."""
    async with (
        roof(hass, sign=sign, unit=unit) as house,
        automated(hass, BLUEPRINT, **house.inputs, grid_sign=word, start_after=1),
    ):
        await house.shine(watts(9.5), 2 * MINUTE)
        await house.comes_to(charging=True)
        await house.comes_to(pilot=9)


async def test_three_phases_take_three_times_as_much(hass: HomeAssistant) -> None:
    """The sun for 18 A on one of them is enough for 6 A on each."""
    async with roof(hass) as house, automated(hass, BLUEPRINT, **house.inputs, phases=3, start_after=1):
        await house.shine(watts(17), 3 * MINUTE)
        await house.comes_to(charging=False)
        await house.shine(watts(18.5), 3 * MINUTE)
        await house.comes_to(charging=True)


async def test_after_a_restart_of_home_assistant_it_goes_on(hass: HomeAssistant) -> None:
    """With the current of now, and with the waiting time from the start."""
    async with roof(hass, charging=True) as house:
        begin_to_start(hass)
        async with automated(hass, BLUEPRINT, **house.inputs):
            await hass.async_start()
            await house.shine(watts(11.5), 2 * MINUTE)
            await house.comes_to(pilot=11)
            await house.shine(watts(1), 12 * MINUTE)
            await house.comes_to(charging=False)


async def test_it_does_not_switch_to_and_fro(hass: HomeAssistant) -> None:
    """An hour of a sky that changes every half minute, right at the least that a car takes, and between two steps."""
    async with roof(hass) as house, automated(hass, BLUEPRINT, **house.inputs):
        states = remember(hass, house.station.entity_id("charging_enabled", "switch"))
        for amperes in islice(cycle((5.9, 6.1, 6.3, 5.8, 7, 5)), 120):
            await house.shine(watts(amperes), 30)
        assert all(
            (later.last_changed - former.last_changed).total_seconds() > 300 for former, later in pairwise(states)
        )
        assert len(states) <= 4

        await house.shine(watts(9.6), 8 * MINUTE)
        await house.comes_to(charging=True)
        await house.comes_to(pilot=9)
        currents = remember(hass, house.station.entity_id("charge_current", "number"))
        for amperes in islice(cycle((10.1, 9.9, 10.2, 9.8)), 8):
            await house.shine(watts(amperes), 1.5 * MINUTE)
        assert len(currents) <= 1
