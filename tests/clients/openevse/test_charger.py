"""A charger of each generation as an object: what it is, what it reads, and who is told of it."""

import asyncio
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

import aiohttp
import pytest

from custom_components.open_ev.clients.openevse.charger import CONNECTION, Charger
from custom_components.open_ev.clients.openevse.errors import (
    BadAnswer,
    CannotConnect,
    FirmwareTooOld,
    NotAnOpenEvse,
    OpenEvseError,
    Unauthorized,
)
from custom_components.open_ev.clients.openevse.gateway import Gateway
from custom_components.open_ev.clients.openevse.models import Generation as Family
from custom_components.open_ev.clients.openevse.readings import STATES
from simulators.openevse import Generation, OpenEvse

from .conftest import WITH_MANAGER, Break, always, answering, broken, connected, look, usual_controller

OF_ALL: Final = frozenset(
    "active charging claim clock controller_connected controller_version current current_max current_min divert_mode "
    "divert_rate divert_updated emoncms_connected emoncms_ok emoncms_sent fault free_memory gateway_version gfci_faults grid ip_address limit_set "
    "mode mqtt_connected network_mode no_ground_faults pilot rapi_ok rapi_sent service_level session_energy session_time "
    "solar state stuck_relay_faults temperature temperature_clock total_energy vehicle_connected why wifi_connected "
    "wifi_signal "
    "check_diode check_gfci check_ground check_relay check_temperature check_vent".split()
)
SINCE_2_9: Final = frozenset("voltage power updating".split())
SINCE_4_1: Final = frozenset(
    "claim_current lcd_colour manual_override max_current ocpp_connected current_soft_max vehicle_updated".split()
)
SINCE_4_1_7: Final = frozenset(
    "divert_active rfid_failure shaper_active shaper_current shaper_fed shaper_limit shaper_power temperature_max".split()
)
SINCE_4_2: Final = frozenset("energy_day energy_week energy_month energy_year relay_switches".split())
SINCE_5_0: Final = frozenset("uptime vehicle_data_source".split())
_ORDER: Final = list(Generation)


def expected_readings(generation: Generation) -> frozenset[str]:
    """What a charger of that generation tells while it charges."""
    place = _ORDER.index(generation)
    added = {
        Generation.V2_9: SINCE_2_9,
        Generation.V3_3: frozenset({"max_current", "current_soft_max", "ethernet_connected"}),
        Generation.V4_1_0: SINCE_4_1,
        Generation.V4_1_7: SINCE_4_1_7,
        Generation.V4_2: SINCE_4_2,
        Generation.V5_0: SINCE_5_0,
        Generation.HEAD: frozenset({"storage_free", "storage_used"}),
    }
    told = OF_ALL.union(*(names for since, names in added.items() if _ORDER.index(since) <= place))
    return told - {"rfid_failure"} if generation is Generation.HEAD else told


async def test_everything_that_a_generation_tells(session: aiohttp.ClientSession, evse: OpenEvse) -> None:
    """Charging for two minutes at 16 A."""
    evse.plug_in()
    evse.tick(120)
    async with connected(session, evse) as charger:
        assert charger.readings.keys() == expected_readings(evse.generation)
        expected = {
            "state": "charging",
            "why": "charging",
            "charging": True,
            "active": True,
            "fault": False,
            "vehicle_connected": True,
            "current": evse.current,
            "pilot": evse.pilot,
            "session_energy": pytest.approx(evse.session_energy, abs=0.1),
            "session_time": 120,
            "total_energy": pytest.approx(evse.session_energy / 1000),
            "temperature": pytest.approx(evse.board.temperatures.clock, abs=0.1),
            "current_min": 6,
            "current_max": 80,
            "gateway_version": evse.generation.firmware.version,
            "controller_version": usual_controller(evse.generation),
            "controller_connected": True,
            "check_ground": True,
        }
        assert {name: charger.value(name) for name in expected} == expected


@pytest.mark.parametrize("code", [code for code in STATES if 4 <= code <= 14])
async def test_faults(session: aiohttp.ClientSession, evse: OpenEvse, code: int) -> None:
    """Each by its name, whatever the generation; and the manager goes on wanting to charge."""
    evse.plug_in()
    evse.fault(code)
    async with connected(session, evse) as charger:
        assert charger.text("state") == STATES[code]
        assert charger.flag("fault") is True
        assert charger.text("why") == STATES[code]
        assert charger.flag("active") is True


async def test_old_gateways_in_front_of_new_controllers(session: aiohttp.ClientSession) -> None:
    """Up to 2.8 they make 0 of sleeping; the controller itself is asked."""
    async with OpenEvse(Generation.V2_7, "8.2.3") as evse, connected(session, evse) as charger:
        evse.plug_in()
        await charger.stop()
        evse.tick(12)
        await look(charger)
        assert charger.status["state"] == 0
        assert (charger.text("state"), charger.flag("vehicle_connected")) == ("sleeping", True)
        evse.knobs.controller_absent = True
        await look(charger)
        assert not charger.readings.keys() & {"state", "charging", "active"}


@pytest.mark.parametrize("controller", ["4.5.1", "4.12.3", "5.0.1", "7.1.3", "8.2.3"])
@pytest.mark.parametrize("generation", [Generation.V2_7, Generation.V3_3, Generation.V5_1])
async def test_controllers_of_every_age(
    session: aiohttp.ClientSession, generation: Generation, controller: str
) -> None:
    """They answer differently, and mean the same."""
    async with OpenEvse(generation, controller) as evse:
        evse.plug_in()
        async with connected(session, evse) as charger:
            assert charger.text("state") == "charging"
            assert charger.number("temperature_clock") == 25
            assert not charger.readings.keys() & {"temperature_lcd", "temperature_infrared"}
            low, high = charger.current_range
            assert (low, high) == ({"4.5.1": 10}.get(controller, 6) if generation is not Generation.V5_1 else 6, high)
            assert high in {16, 24, 32, 80}


async def test_a_car_at_a_sleeping_charger(session: aiohttp.ClientSession) -> None:
    """Old controllers are asked for it by a command of its own, those up to 4.5 cannot tell."""
    for controller, told in (("5.0.1", True), ("4.5.1", None)):
        async with OpenEvse(Generation.V2_9, controller) as evse, connected(session, evse) as charger:
            evse.plug_in()
            await charger.stop()
            assert charger.flag("vehicle_connected") is told
            await look(charger)
            assert charger.flag("vehicle_connected") is told
            # What was refused is not asked again.
            assert (evse.rapi.count("$G0") == 1) is (told is None)


async def test_the_controllers_clock_has_a_zone(session: aiohttp.ClientSession) -> None:
    """It does not tell it; the charger was told."""
    zone = ZoneInfo("Europe/Berlin")
    start = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
    async with OpenEvse(Generation.V2_9, "5.0.1", start=start, zone=zone) as evse:
        charger = Charger(Gateway(session, evse.url), zone=zone)
        await charger.connect()
        assert charger.value("clock") == start
        await charger.close()


@pytest.mark.parametrize("gone", ["evse_connected", "rapi_connected"])
async def test_a_controller_that_is_not_heard(session: aiohttp.ClientSession, newest: OpenEvse, gone: str) -> None:
    """The gateway says so."""
    newest.say(**{gone: 0})
    async with connected(session, newest) as charger:
        assert charger.flag("controller_connected") is False


# Which it is


async def test_identity(charger: Charger, evse: OpenEvse) -> None:
    """From 4.1.2 on a charger tells its serial number, and it is what zeroconf announces."""
    identity = charger.identity
    tells = evse.generation in WITH_MANAGER and evse.generation is not Generation.V4_1_0
    assert identity.serial == (evse.announcement["id"] if tells else None)
    assert identity.generation == Family(f"{evse.generation.firmware.number[0]}.x")
    assert identity.gateway_version == evse.generation.firmware.version
    assert identity.controller_version == usual_controller(evse.generation)
    assert identity.name == ("OpenEVSE" if evse.generation is Generation.V2_7 else "openevse")


@pytest.mark.parametrize("version", ["master_abcd123", "v5.0.1_modified", "local", "4.1.5.dev", ""])
async def test_versions_that_are_no_numbers(session: aiohttp.ClientSession, version: str) -> None:
    """What a charger can do it shows by what it has."""
    async with OpenEvse(Generation.V5_0, version=version or None) as evse, connected(session, evse) as charger:
        assert charger.identity.generation is Family.V5
        await charger.stop()
        assert evse.claims


# What is none


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        (b"<html>", 200, NotAnOpenEvse),
        (b"[]", 200, NotAnOpenEvse),
        (b'{"state":1}', 200, NotAnOpenEvse),
        (b"{}", 200, NotAnOpenEvse),
        (b"", 404, NotAnOpenEvse),
        (b"", 301, NotAnOpenEvse),
        (b'{"srssi":-50,"ohm_hour":"None","free_heap":1}', 200, FirmwareTooOld),
        (b'{"srssi":-50,"ohm_hour"', 200, BadAnswer),
        (b"", 401, Unauthorized),
    ],
)
async def test_what_is_no_charger(
    session: aiohttp.ClientSession, body: bytes, status: int, error: type[OpenEvseError]
) -> None:
    """Something else answers, one that is too old, one that wants to know who asks, or one that broke off."""
    async with answering(always(body, status)) as url:
        charger = Charger(Gateway(session, url))
        with pytest.raises(error):
            await charger.connect()
        assert not charger.link_connected
        await charger.close()


@pytest.mark.parametrize("wrong", [broken(hang_up=True), broken(restart_mid_answer=True)])
async def test_a_charger_that_cannot_be_reached(session: aiohttp.ClientSession, newest: OpenEvse, wrong: Break) -> None:
    """Nothing is known, and nothing can be done."""
    wrong(newest)
    charger = Charger(Gateway(session, newest.url))
    with pytest.raises(CannotConnect):
        await charger.connect()
    assert not charger.link_connected
    with pytest.raises(CannotConnect):
        await charger.stop()
    await charger.close()
    assert newest.claims == {}


# Values, and who is told


async def test_values_by_their_type(charger: Charger) -> None:
    """A yes is no number, and a text is neither."""
    assert charger.flag("charging") is False
    assert charger.number("charging") is None
    assert charger.text("charging") is None
    assert charger.number("pilot") == charger.value("pilot")
    assert charger.flag("pilot") is None
    assert charger.text("state") == "not_connected"
    assert charger.value("nothing") is None
    assert charger.knows(["nothing", "state"])
    assert charger.knows([CONNECTION])
    assert not charger.knows(["nothing", "vehicle_soc"])


async def test_who_listens_is_told_once(charger: Charger, evse: OpenEvse) -> None:
    """Of what changed, after all of it is known; and not any more afterwards."""
    told: list[tuple[str | None, bool | None]] = []
    unsubscribe = charger.subscribe(
        ["state", "vehicle_connected", "why"],
        lambda: told.append((charger.text("state"), charger.flag("vehicle_connected"))),
    )
    unmoved: list[None] = []
    charger.subscribe(["gateway_version", CONNECTION], lambda: unmoved.append(None))
    evse.plug_in()
    await look(charger)
    assert told == [("charging", True)]
    await look(charger)
    assert len(told) == 1
    unsubscribe()
    evse.unplug()
    await look(charger)
    assert len(told) == 1
    assert unmoved == []


async def test_waiting_for_something(charger: Charger, evse: OpenEvse) -> None:
    """Until it is so, or too late, or the end of it all."""

    def is_plugged_in() -> bool:
        return charger.flag("vehicle_connected") is True

    assert await charger.wait_until(lambda: True, ["state"], seconds=0)
    assert not await charger.wait_until(is_plugged_in, ["vehicle_connected"], seconds=0.01)
    waiting = asyncio.create_task(charger.wait_until(is_plugged_in, ["vehicle_connected"], seconds=5))
    await asyncio.sleep(0)
    evse.plug_in()
    await look(charger)
    assert await waiting
    waiting = asyncio.create_task(charger.wait_until(lambda: False, ["state"], seconds=60))
    await asyncio.sleep(0)
    await charger.close()
    assert not await waiting


async def test_why_it_does_not_charge(session: aiohttp.ClientSession, evse: OpenEvse) -> None:
    """From no car to a full one."""
    async with connected(session, evse) as charger:
        assert charger.text("why") == "no_vehicle"
        evse.plug_in(ready=False)
        await look(charger)
        assert charger.text("why") == "vehicle_not_asking"
        evse.unplug()
        evse.plug_in()
        await look(charger)
        assert charger.text("why") == "charging"
        evse.tick(60)
        evse.car_full()
        await look(charger)
        assert charger.text("why") == "vehicle_full"
        evse.unplug()
        await look(charger)
        evse.plug_in(ready=False)
        await look(charger)
        # Whatever energy the last session had.
        assert charger.text("why") == "vehicle_not_asking"


@pytest.mark.parametrize(
    ("client", "priority", "reason"),
    [(65545, 1050, "by_ocpp"), (65546, 1030, "by_rfid"), (65540, 100, "by_schedule"), (99, 500, "by_other")],
)
@pytest.mark.parametrize("generation", WITH_MANAGER)
async def test_whoever_has_paused_it(charger: Charger, evse: OpenEvse, client: int, priority: int, reason: str) -> None:
    """Of whom there are many."""
    evse.plug_in()
    evse.claim(client, priority, state="disabled")
    await look(charger)
    assert charger.text("why") == reason
    assert [claim.client for claim in charger.claims] == [client]
    evse.release(client)
    await look(charger)
    assert charger.text("why") == "charging"


@pytest.mark.parametrize("generation", WITH_MANAGER)
async def test_a_press_of_the_button(charger: Charger, evse: OpenEvse) -> None:
    """An override by hand."""
    evse.plug_in()
    evse.press_button()
    await look(charger)
    assert (charger.text("why"), charger.text("mode"), charger.flag("manual_override")) == ("by_override", "off", True)
