"""What goes wrong between Home Assistant and a charger: what the user is told, what is shown, and that it passes."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
import random
from typing import Any

import aiohttp
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import instance_id
import pytest

from custom_components.open_ev.clients.openevse import gateway as gateway_module
from custom_components.open_ev.clients.openevse.charger import Pace
from custom_components.open_ev.clients.openevse.models import client_number_of
from custom_components.open_ev.clients.openevse.readings import STATES
from custom_components.open_ev.const import DOMAIN
from simulators.openevse import Car, Client, Generation, Priority, RapiFault, State

from .driveway import SINCE_MANAGER, WITHOUT_MANAGER, Station, installed
from .garage import eventually

# Looks only when something was done, so that the fault meets what is done and not a look.
UNHURRIED = Pace(idle=60, charging=60, alone_idle=60, alone_charging=60, soon=0.02, again=0.02, first_retry=0.02)
OFF = {State.SLEEPING, State.DISABLED}

# Longer than is waited for here.
SLOW = 0.6

# What goes wrong, and what the user is told. In all of these the charger has not done what it was asked for.
FAULTS: Mapping[str, tuple[dict[str, Any], str]] = {
    "silent": ({"silent": True}, "charger_unreachable"),
    "hang up": ({"hang_up": True}, "charger_unreachable"),
    "password": ({"status": 401}, "charger_unauthorized"),
    "too many passwords": ({"status": 429}, "charger_locked_out"),
    "error": ({"status": 500}, "charger_refused"),
    "busy": ({"status": 503}, "charger_refused"),
    "portal": ({"html": True}, "charger_bad_answer"),
}
# In these it may have.
HALF_DONE: Mapping[str, tuple[dict[str, Any], str]] = {
    "slow": ({"slow": SLOW}, "charger_unreachable"),
    "cut off": ({"cut_off": True}, "charger_bad_answer"),
    "restart": ({"restart_mid_answer": True}, "charger_unreachable"),
}
# These are between the gateway and its controller.
RAPI_FAULTS: Mapping[str, tuple[dict[str, Any], str]] = {
    **{fault.name: ({"rapi_fault": fault}, "rapi_failed") for fault in RapiFault},
    "checksum": ({"bad_checksum": True}, "charger_bad_answer"),
    "sequence": ({"bad_sequence": True}, "charger_bad_answer"),
    "empty": ({"empty_answer": True}, "rapi_failed"),
    "refused": ({"refused": ["FS"]}, "rapi_refused"),
}


def inflict(station: Station, knobs: Mapping[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Let something go wrong, and wait for a silent charger for a moment only."""
    for name, value in knobs.items():
        setattr(station.evse.knobs, name, value)
    if knobs.keys() & {"silent", "slow"}:
        monkeypatch.setattr(gateway_module, "TIMEOUT", aiohttp.ClientTimeout(total=0.4, sock_connect=0.4))


def facts(station: Station) -> tuple[object, ...]:
    """What the charger really does, and what is stored."""
    evse = station.evse
    return evse.state, evse.relay_closed, evse.pilot, evse.eeprom.writes, dict(evse.claims)


async def fails(station: Station, key: str) -> HomeAssistantError:
    """Switch charging off, which must end with an error."""
    with pytest.raises(HomeAssistantError) as error:
        await station.call("charging_enabled", "switch.turn_off")
    assert error.value.translation_key == key
    assert str(error.value) != key
    return error.value


async def shows_the_truth(station: Station) -> None:
    """Wait until what is shown is what is."""
    wanted = "off" if station.evse.state in OFF else "on"
    await station.shows("charging_enabled", "switch", wanted)
    await eventually(
        lambda: float(station.state("charge_current", "number")) == station.evse.pilot, "the current is shown"
    )


@asynccontextmanager
async def with_car(hass: HomeAssistant, generation: Generation) -> AsyncGenerator[Station]:
    """A charger that charges a car, and is looked at only when something is done."""
    async with installed(hass, generation, set_up=False, pace=UNHURRIED) as station:
        station.evse.plug_in()
        station.evse.tick(5)
        await station.set_up()
        await station.shows("charging", "binary_sensor", "on")
        yield station


@pytest.mark.parametrize("generation", Generation)
@pytest.mark.parametrize("fault", FAULTS)
async def test_a_fault_is_told_and_changes_nothing(
    hass: HomeAssistant, generation: Generation, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And when it is over, the same command works."""
    knobs, key = FAULTS[fault]
    async with with_car(hass, generation) as station:
        before = facts(station)
        inflict(station, knobs, monkeypatch)
        await fails(station, key)
        assert facts(station) == before
        station.evse.knobs.heal()
        await shows_the_truth(station)
        assert facts(station) == before
        await station.call("charging_enabled", "switch.turn_off")
        assert not station.evse.relay_closed
        assert station.entry.state is ConfigEntryState.LOADED


@pytest.mark.parametrize("generation", Generation)
@pytest.mark.parametrize("knobs", [{"hang_up": True}, {"restart_mid_answer": True}, {"silent": True}])
async def test_an_order_without_an_answer_may_have_been_done(
    hass: HomeAssistant, generation: Generation, knobs: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The user is told so, and shown what came of it as soon as that can be seen."""
    async with with_car(hass, generation) as station:
        own = client_number_of(await instance_id.async_get(hass))
        inflict(station, {**knobs, "paths": frozenset({f"/claims/{own}", "/r"})}, monkeypatch)
        await fails(station, "charger_unseen")
        station.evse.knobs.heal()
        await shows_the_truth(station)


@pytest.mark.parametrize("generation", Generation)
@pytest.mark.parametrize("fault", HALF_DONE)
async def test_after_half_a_fault_the_truth_is_shown(
    hass: HomeAssistant, generation: Generation, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether it came to pass or not."""
    knobs, key = HALF_DONE[fault]
    async with with_car(hass, generation) as station:
        inflict(station, knobs, monkeypatch)
        await fails(station, key)
        station.evse.knobs.heal()
        await shows_the_truth(station)
        # What was given up is still answered.
        await asyncio.sleep(2 * SLOW if fault == "slow" else 0)


@pytest.mark.parametrize("generation", WITHOUT_MANAGER)
@pytest.mark.parametrize("fault", RAPI_FAULTS)
async def test_a_fault_behind_the_gateway_is_told(
    hass: HomeAssistant, generation: Generation, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The gateway answers, and its controller does not, or not in a way that can be used."""
    knobs, key = RAPI_FAULTS[fault]
    silent_about_it = generation is Generation.V2_7 and "rapi_fault" in knobs
    async with with_car(hass, generation) as station:
        before = facts(station)
        inflict(station, knobs, monkeypatch)
        error = await fails(station, key)
        if "rapi_fault" in knobs:
            reason = "no_answer" if silent_about_it else knobs["rapi_fault"].removeprefix("RAPI_RESPONSE_").lower()
            assert reason in str(error)
        if key != "charger_bad_answer":
            assert facts(station) == before
        station.evse.knobs.heal()
        await shows_the_truth(station)


@pytest.mark.parametrize("generation", Generation)
async def test_a_charger_that_nods_and_does_nothing_is_found_out(hass: HomeAssistant, generation: Generation) -> None:
    """Never optimistic."""
    async with with_car(hass, generation) as station:
        before = facts(station)
        station.evse.knobs.confirm = False
        await fails(station, "charger_unconfirmed")
        assert facts(station) == before
        assert station.state("charging_enabled", "switch") == "on"


@pytest.mark.parametrize("generation", SINCE_MANAGER)
async def test_who_overrules_is_named(hass: HomeAssistant, generation: Generation) -> None:
    """Somebody else's claim is shown, never fought; and ours does not wait for theirs to end."""
    async with with_car(hass, generation) as station:
        station.evse.claim(Client.OCPP, Priority.OCPP, state="active")
        claims = dict(station.evse.claims)
        error = await fails(station, "charger_overruled")
        assert "ocpp" in str(error)
        assert station.evse.relay_closed
        assert dict(station.evse.claims) == claims
        station.evse.release(Client.OCPP)
        station.evse.tick(5)
        assert station.evse.relay_closed


@pytest.mark.parametrize("generation", Generation)
async def test_without_a_way_to_the_charger_an_action_says_so(hass: HomeAssistant, generation: Generation) -> None:
    """Nothing is kept for later."""
    async with with_car(hass, generation) as station:
        before = facts(station)
        await station.evse.refuse_connections()
        for action, data in (("set_override", {"mode": "off"}), ("send_rapi", {"command": "$GV"})):
            with pytest.raises(HomeAssistantError) as error:
                await hass.services.async_call(DOMAIN, action, data, blocking=True)
            assert error.value.translation_key == "charger_unreachable"
        await station.evse.accept_connections()
        await eventually(lambda: station.charger.link_connected, "the charger is back")
        assert facts(station) == before


@pytest.mark.parametrize("generation", SINCE_MANAGER)
@pytest.mark.parametrize("command", ["$FS", "$FD", "$FE", "$SC 10 V", "$ST 7 0 8 0"])
async def test_what_the_gateway_would_undo_is_not_sent(
    hass: HomeAssistant, generation: Generation, command: str
) -> None:
    """The charger answers $OK, and three seconds later nothing of it is left, or it switches on and off without end."""
    async with with_car(hass, generation) as station:
        before, sent = facts(station), list(station.evse.rapi)
        with pytest.raises(ServiceValidationError) as error:
            await hass.services.async_call(DOMAIN, "send_rapi", {"command": command}, blocking=True)
        assert error.value.translation_key in {"invalid_undone", "invalid_flaps"}
        station.evse.tick(5)
        assert facts(station) == before
        assert [line for line in station.evse.rapi[len(sent) :] if not line.startswith("$G")] == []


# For hours


TROUBLES: tuple[dict[str, Any], ...] = (
    {},
    {},
    {"hang_up": True},
    {"status": 500},
    {"status": 429},
    {"html": True},
    {"cut_off": True},
    {"restart_mid_answer": True},
    {"bad_checksum": True},
    {"rapi_fault": RapiFault.TIMEOUT},
    {"empty_answer": True},
    {"odd_bytes": b"\xff\x00\x07"},
    {"websocket_silent": True},
)
HURRIED = Pace(
    idle=0.01,
    charging=0.01,
    alone_idle=0.01,
    alone_charging=0.01,
    soon=0.0,
    again=0.005,
    first_retry=0.005,
    last_retry=0.01,
    refused=0.01,
    first_listening=0.02,
    last_listening=0.05,
)


def state_of(station: Station) -> str:
    """The controller's state as it is to be shown."""
    return STATES[int(station.evse.state)]


async def looked_since(station: Station, looks: int) -> None:
    """Wait for the next look."""
    await eventually(lambda: station.looks > looks, "it was looked")


def tasks_of_client() -> int:
    """How many things are done at the same time; while it listens, one more."""
    return sum("clients/openevse" in repr(task) for task in asyncio.all_tasks())


def live(station: Station, dice: random.Random) -> None:
    """Have something happen at the charger."""
    evse = station.evse
    match dice.randrange(6):
        case 0 if evse.car is None:
            evse.plug_in(Car(soc=dice.uniform(20, 90)))
        case 1 if evse.car is not None:
            evse.unplug()
        case 2:
            evse.fault(dice.choice((6, 7, 10)))
        case 3:
            evse.clear_fault()
    evse.tick(dice.choice((1, 5, 60)))


@pytest.mark.parametrize("generation", [Generation.V2_7, Generation.V3_3, Generation.V4_1_7, Generation.HEAD])
async def test_two_hundred_looks_with_faults_and_no_entity_lies(
    hass: HomeAssistant, generation: Generation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is shown is what was the case since it was last known, or nothing; and in the end all of it is true."""
    dice = random.Random(f"{generation}")
    async with installed(hass, generation, pace=HURRIED) as station:
        runtime = station.entry.runtime_data
        await station.looked()
        tasks = tasks_of_client()
        possible = {state_of(station)}
        begun = station.looks
        while station.looks < begun + 200:
            station.evse.knobs.heal()
            inflict(station, dice.choice(TROUBLES), monkeypatch)
            for _ in range(3):
                live(station, dice)
                possible.add(state_of(station))
                looks = station.looks
                await looked_since(station, looks)
                shown = station.state("state", "sensor")
                assert shown in possible | {"unavailable", "unknown"}
                energy = station.state("total_energy", "sensor")
                assert energy in {"unavailable", "unknown"} or 0 <= float(energy) < 100
            station.evse.knobs.heal()
            await station.shows("state", "sensor", state_of(station))
            possible = {state_of(station)}
        assert station.entry.runtime_data is runtime
        assert station.state("connected", "binary_sensor") == "on"
        await eventually(lambda: tasks_of_client() <= tasks + 1, "no task is left over")
