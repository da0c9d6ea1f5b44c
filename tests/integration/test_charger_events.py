"""What happens at a charger: sessions, faults, and other hands."""

from typing import Any

from homeassistant.core import HomeAssistant, State
import pytest

from simulators.openevse import Generation

from .driveway import SINCE_MANAGER, Station, installed
from .garage import becomes, remember

GENERATIONS = pytest.mark.parametrize("generation", Generation)
WITH_MANAGER = pytest.mark.parametrize("generation", SINCE_MANAGER)


def told(states: list[State]) -> list[tuple[str, Any, Any]]:
    """Types of what an event entity has told, with the session's energy and time."""
    return [
        (state.attributes["event_type"], state.attributes.get("energy"), state.attributes.get("time"))
        for state in states
        if state.attributes.get("event_type") is not None and state.state != "unavailable"
    ]


def types(states: list[State]) -> list[str]:
    """Types of what an event entity has told."""
    return [event for event, _, _ in told(states)]


async def charged(station: Station, seconds: float) -> None:
    """Let a car that is plugged in charge, and be seen charging."""
    station.evse.tick(5)
    await station.shows("charging", "binary_sensor", "on")
    station.evse.tick(seconds)
    await station.looked()


@GENERATIONS
async def test_a_session_is_told_with_what_it_came_to(hass: HomeAssistant, generation: Generation) -> None:
    """16 A at 240 V are 3.84 kW."""
    async with installed(hass, generation) as station:
        sessions = remember(hass, station.entity_id("session", "event"))
        station.evse.plug_in()
        station.evse.tick(5)
        await becomes(lambda: types(sessions), ["started"])
        await charged(station, 1795)
        station.evse.unplug()
        station.evse.tick(5)
        await becomes(lambda: types(sessions), ["started", "finished"])
        _, energy, minutes = told(sessions)[-1]
        assert energy == pytest.approx(1.92, abs=0.02)
        assert minutes == pytest.approx(30, abs=0.2)


@pytest.mark.parametrize(
    ("generation", "of_the_last"),
    [
        (Generation.V2_7, {"wattsec": 2_304_000, "elapsed": 600}),
        (Generation.V5_1, {"session_energy": 640.0, "session_elapsed": 600}),
    ],
)
async def test_a_car_that_was_not_charged_took_nothing(
    hass: HomeAssistant, generation: Generation, of_the_last: dict[str, float]
) -> None:
    """Chargers go on telling what the one before it took, until they charge again."""
    async with installed(hass, generation) as station:
        sessions = remember(hass, station.entity_id("session", "event"))
        station.evse.plug_in()
        await charged(station, 595)
        station.evse.unplug()
        station.evse.tick(5)
        await becomes(lambda: types(sessions), ["started", "finished"])
        station.evse.plug_in(ready=False)
        station.evse.tick(5)
        station.evse.say(**of_the_last)
        await becomes(lambda: types(sessions)[2:], ["started"])
        await becomes(lambda: round(float(station.state("session_energy", "sensor")), 2), 0.64)
        station.evse.unplug()
        station.evse.tick(5)
        await becomes(lambda: told(sessions)[3:], [("finished", 0, 0)])


@GENERATIONS
async def test_a_car_that_sleeps_on_the_cable_has_not_left(hass: HomeAssistant, generation: Generation) -> None:
    """Some chargers do not tell of it while they sleep."""
    async with installed(hass, generation) as station:
        sessions = remember(hass, station.entity_id("session", "event"))
        station.evse.plug_in()
        await charged(station, 60)
        await station.call("charging_enabled", "switch.turn_off")
        station.evse.tick(5)
        await station.looked()
        await station.call("charging_enabled", "switch.turn_on")
        station.evse.tick(5)
        await station.shows("charging", "binary_sensor", "on")
        assert types(sessions) == ["started"]


async def test_a_charger_that_does_not_tell_of_the_car_has_not_lost_it(hass: HomeAssistant) -> None:
    """A disabled controller cannot feel one."""
    async with installed(hass, Generation.V3_3, set_up=False) as station:
        station.evse.config["pause_uses_disabled"] = True
        await station.set_up()
        sessions = remember(hass, station.entity_id("session", "event"))
        station.evse.plug_in()
        await charged(station, 60)
        await station.call("charging_enabled", "switch.turn_off")
        await station.shows("vehicle_connected", "binary_sensor", "unavailable")
        assert await hass.config_entries.async_reload(station.entry.entry_id)
        await station.call("charging_enabled", "switch.turn_on")
        station.evse.tick(5)
        await station.shows("vehicle_connected", "binary_sensor", "on")
        await station.looked()
        # The same one, told again when it was restored: the state is its moment.
        assert set(types(sessions)) == {"started"}
        assert len({state.state for state in sessions} - {"unavailable", "unknown"}) == 1


@GENERATIONS
async def test_a_car_that_was_there_before_is_no_news(hass: HomeAssistant, generation: Generation) -> None:
    """But that it leaves is, with all that it took."""
    async with installed(hass, generation, set_up=False) as station:
        station.evse.plug_in()
        station.evse.tick(600)
        await station.set_up()
        sessions = remember(hass, station.entity_id("session", "event"))
        await station.looked()
        assert types(sessions) == []
        station.evse.unplug()
        station.evse.tick(5)
        await becomes(lambda: types(sessions), ["finished"])
        assert told(sessions)[-1][1] == pytest.approx(0.64, abs=0.01)


@GENERATIONS
async def test_a_fault_is_told_and_its_end(hass: HomeAssistant, generation: Generation) -> None:
    """By its name."""
    async with installed(hass, generation) as station:
        faults = remember(hass, station.entity_id("fault", "event"))
        station.evse.plug_in()
        await charged(station, 5)
        station.evse.fault(6)
        station.evse.tick(5)
        await becomes(lambda: types(faults), ["gfci_fault"])
        assert faults[-1].attributes["state"] == "gfci_fault"
        station.evse.clear_fault()
        station.evse.tick(60)
        await becomes(lambda: types(faults), ["gfci_fault", "cleared"])


async def test_a_fault_that_nobody_has_named_is_told_with_its_number(hass: HomeAssistant) -> None:
    """Firmware that is newer than this table."""
    async with installed(hass) as station:
        faults = remember(hass, station.entity_id("fault", "event"))
        station.evse.say(state=12)
        await becomes(lambda: types(faults), ["other"])
        assert faults[-1].attributes["state"] == "unknown_12"


@WITH_MANAGER
async def test_the_front_button_is_told(hass: HomeAssistant, generation: Generation) -> None:
    """It toggles an override."""
    async with installed(hass, generation) as station:
        presses = remember(hass, station.entity_id("button", "event"))
        station.evse.plug_in()
        await charged(station, 60)
        assert types(presses) == []
        station.evse.press_button()
        station.evse.tick(5)
        await becomes(lambda: types(presses), ["off"])
        await station.shows("why", "sensor", "by_override")
        station.evse.press_button()
        station.evse.tick(5)
        await becomes(lambda: types(presses), ["off", "auto"])


@WITH_MANAGER
async def test_what_home_assistant_does_is_not_told_as_a_press(hass: HomeAssistant, generation: Generation) -> None:
    """Nor that an override ends with its session."""
    async with installed(hass, generation) as station:
        presses = remember(hass, station.entity_id("button", "event"))
        station.evse.plug_in()
        await charged(station, 60)
        for mode in ("off", "on", "auto", "off"):
            await station.call("mode", "select.select_option", option=mode)
            await station.shows("mode", "select", mode)
        await station.call("charging_enabled", "switch.turn_off")
        await station.looked()
        assert types(presses) == []
        await station.call("mode", "select.select_option", option="auto")
        station.evse.press_button()
        await becomes(lambda: len(types(presses)), 1)
        station.evse.unplug()
        station.evse.tick(5)
        await station.shows("vehicle_connected", "binary_sensor", "off")
        await station.looked()
        assert len(types(presses)) == 1


@pytest.mark.parametrize("generation", [Generation.V2_7, Generation.V2_9, Generation.V3_3])
async def test_a_charger_that_does_not_tell_of_its_button_has_no_event_for_it(
    hass: HomeAssistant, generation: Generation
) -> None:
    """Nothing is made up."""
    async with installed(hass, generation) as station:
        assert not station.has("button", "event")
