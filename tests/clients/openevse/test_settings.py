"""Settings, and what they come to in the simulated charger."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import aiohttp
import pytest

from custom_components.open_ev.clients.openevse.charger import Charger
from custom_components.open_ev.clients.openevse.errors import (
    InvalidArgument,
    NotAvailable,
    RapiBlocked,
    RapiRefused,
    Unconfirmed,
    VehicleSourceNotSet,
)
from custom_components.open_ev.clients.openevse.gateway import Gateway
from custom_components.open_ev.clients.openevse.models import (
    Ability,
    Check,
    DivertMode,
    LcdColour,
    ServiceLevel,
    VehicleSource,
)
from simulators.openevse import Generation, OpenEvse

from .conftest import BLOCKED, WITH_MANAGER, WITHOUT_MANAGER, connected, look

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
WITH_SOURCE = BLOCKED
WITH_SHAPER = tuple(generation for generation in WITH_MANAGER if generation is not Generation.V4_1_0)

managed = pytest.mark.parametrize("generation", WITH_MANAGER)
unmanaged = pytest.mark.parametrize("generation", WITHOUT_MANAGER)


# Safety checks


@pytest.mark.parametrize("check", Check)
async def test_checks(charger: Charger, evse: OpenEvse, check: Check) -> None:
    """Off is off, and on is on, whichever way round the firmware writes it."""
    assert charger.can(Ability.CHECKS)
    settings = evse.eeprom.settings
    assert charger.flag(f"check_{check}") is True
    await charger.set_check(check, enabled=False)
    assert charger.flag(f"check_{check}") is False
    assert evse.eeprom.settings != settings
    await look(charger)
    assert [each for each in Check if charger.flag(f"check_{each}") is False] == [check]
    await charger.set_check(check, enabled=True)
    assert charger.flag(f"check_{check}") is True
    assert evse.eeprom.settings == settings


@pytest.mark.parametrize("generation", [Generation.V2_7, Generation.V3_3])
@pytest.mark.parametrize("check", [check for check in Check if check is not Check.TEMPERATURE])
async def test_checks_of_old_controllers(session: aiohttp.ClientSession, generation: Generation, check: Check) -> None:
    """Up to 4.5 they know other commands, of which gateways say that they were refused."""
    async with OpenEvse(generation, "4.5.1") as evse, connected(session, evse) as charger:
        await charger.set_check(check, enabled=False)
        assert charger.flag(f"check_{check}") is False
        assert evse.eeprom.settings
        await charger.set_check(check, enabled=True)
        assert charger.flag(f"check_{check}") is True


async def test_a_check_that_old_controllers_cannot_leave_out(session: aiohttp.ClientSession) -> None:
    """That of the temperature is always on up to 4.5."""
    async with OpenEvse(Generation.V2_7, "4.5.1") as evse, connected(session, evse) as charger:
        with pytest.raises(NotAvailable):
            await charger.set_check(Check.TEMPERATURE, enabled=False)


@unmanaged
async def test_a_check_that_the_controller_refuses(charger: Charger, evse: OpenEvse) -> None:
    """Another command of that name would set a voltage of newer ones, so it is not tried."""
    evse.knobs.refused = ["FF"]
    with pytest.raises(RapiRefused):
        await charger.set_check(Check.VENT, enabled=False)
    assert charger.flag("check_vent") is True


async def test_a_check_that_is_not_switched(charger: Charger, evse: OpenEvse) -> None:
    """It is seen that it is as before."""
    evse.knobs.confirm = False
    with pytest.raises(Unconfirmed) as caught:
        await charger.set_check(Check.GROUND, enabled=False)
    assert caught.value.what == "check_ground"
    assert charger.flag("check_ground") is True


# Service level, calibration


async def test_service_levels(charger: Charger, evse: OpenEvse) -> None:
    """Automatic is not there after 5.1.5, which says yes to it and does nothing."""
    assert charger.can(Ability.SERVICE_LEVEL)
    await charger.set_service_level(ServiceLevel.LEVEL_1)
    assert evse.eeprom.level == 1
    assert charger.text("service_level") == "level_1"
    await charger.set_service_level(ServiceLevel.LEVEL_2)
    assert evse.eeprom.level == 2
    assert charger.text("service_level") == "level_2"
    if evse.generation is Generation.HEAD:
        assert not charger.can(Ability.AUTOMATIC_SERVICE_LEVEL)
        with pytest.raises(NotAvailable):
            await charger.set_service_level(ServiceLevel.AUTO)
    else:
        assert charger.can(Ability.AUTOMATIC_SERVICE_LEVEL)
        await charger.set_service_level(ServiceLevel.AUTO)
        assert charger.text("service_level") == "auto"


@pytest.mark.parametrize("generation", [Generation.V2_9, Generation.V5_1])
async def test_builds_for_europe(session: aiohttp.ClientSession, generation: Generation) -> None:
    """They cannot find the level, whatever they say of that."""
    async with OpenEvse(generation, "4.12.3") as evse, connected(session, evse) as charger:
        assert not charger.can(Ability.AUTOMATIC_SERVICE_LEVEL)
        with pytest.raises(NotAvailable):
            await charger.set_service_level(ServiceLevel.AUTO)


async def test_calibration(charger: Charger, evse: OpenEvse) -> None:
    """Both numbers are the controller's."""
    await charger.calibrate(230, 5)
    assert (evse.eeprom.scale, evse.eeprom.offset) == (230, 5)


@pytest.mark.parametrize(("scale", "offset"), [(0, 0), (40_000, 0), (220, -1), (220, 40_000)])
async def test_calibrations_that_cannot_be(charger: Charger, evse: OpenEvse, scale: int, offset: int) -> None:
    """The controller would take -5 for -25."""
    with pytest.raises(InvalidArgument):
        await charger.calibrate(scale, offset)
    assert (evse.eeprom.scale, evse.eeprom.offset) == (220, 0)


async def test_a_calibration_that_is_not_taken(charger: Charger, evse: OpenEvse) -> None:
    """It is seen that it is as before."""
    evse.knobs.confirm = False
    with pytest.raises(Unconfirmed):
        await charger.calibrate(230, 5)


# The clock


@unmanaged
async def test_the_clock_of_a_controller(session: aiohttp.ClientSession, generation: Generation) -> None:
    """It shows local time, of the zone that the charger was told to be in."""
    zone = ZoneInfo("America/New_York")
    async with OpenEvse(generation, "5.0.1", start=NOON) as evse:
        charger = Charger(Gateway(session, evse.url), zone=zone, patience=0.1)
        await charger.connect()
        assert charger.can(Ability.CLOCK)
        moment = NOON + timedelta(days=30, hours=3)
        await charger.set_clock(moment)
        assert evse.clock == datetime(2026, 12, 20, 10, 0, tzinfo=UTC).replace(tzinfo=None)
        assert charger.value("clock") == moment
        await charger.close()


@pytest.mark.parametrize(("generation", "controller"), [("2.7", "4.5.1"), ("2.9", "5.0.1"), ("3.3", "7.1.3")])
async def test_a_controller_without_a_clock(session: aiohttp.ClientSession, generation: str, controller: str) -> None:
    """There is nothing to set, and no timer that would go by it."""
    async with OpenEvse(Generation(generation), controller) as evse:
        evse.board.clock = None
        async with connected(session, evse) as charger:
            assert not charger.can(Ability.CLOCK)
            assert not charger.can(Ability.TIMER)
            with pytest.raises(NotAvailable):
                await charger.set_clock(NOON)
            with pytest.raises(NotAvailable):
                await charger.set_timer(time(13), time(14))
            assert not any(command.startswith("$S") for command in evse.rapi)


async def test_a_gateway_has_a_clock_of_its_own(session: aiohttp.ClientSession) -> None:
    """Its schedule goes by that, whatever the controller has."""
    async with OpenEvse(Generation.V5_1) as evse:
        evse.board.clock = None
        async with connected(session, evse) as charger:
            await charger.set_timer(time(13), time(14))
            assert charger.text("timer_start") == "13:00"


@managed
async def test_the_clock_of_a_gateway(session: aiohttp.ClientSession, generation: Generation) -> None:
    """It hands it on, and keeps its own zone."""
    async with OpenEvse(generation, "7.1.3", start=NOON) as evse:
        evse.config["time_zone"] = "Europe/Berlin|CET-1CEST,M3.5.0,M10.5.0/3"
        async with connected(session, evse) as charger:
            await charger.set_clock(NOON)
            assert evse.clock == NOON.replace(tzinfo=None)
            assert str(evse.config["time_zone"]) in evse.requests[-2].body
            evse.knobs.confirm = False
            with pytest.raises(Unconfirmed):
                await charger.set_clock(NOON + timedelta(hours=1))


async def test_a_moment_without_a_zone(charger: Charger) -> None:
    """Nobody knows when that is."""
    with pytest.raises(InvalidArgument):
        await charger.set_clock(NOON.replace(tzinfo=None))


# The sun, the house and the car


async def test_divert_modes(charger: Charger, evse: OpenEvse) -> None:
    """Eco has to be switched on as well where that can be switched; 2.7 cannot."""
    assert charger.can(Ability.DIVERT)
    await charger.set_divert(DivertMode.ECO)
    assert evse.divert_mode == 2
    assert charger.text("divert_mode") == "eco"
    await charger.set_divert(DivertMode.FAST)
    assert evse.divert_mode == 1
    assert charger.text("divert_mode") == "fast"
    if evse.generation is Generation.V2_7:
        with pytest.raises(NotAvailable):
            await charger.set_divert(DivertMode.OFF)
    else:
        await charger.set_divert(DivertMode.OFF)
        assert charger.text("divert_mode") == "off"
        assert evse.config["divert_enabled"] is False


@pytest.mark.parametrize("generation", WITH_SHAPER)
async def test_the_shaper(charger: Charger, evse: OpenEvse) -> None:
    """On and off."""
    assert charger.can(Ability.SHAPER)
    await charger.set_shaper(enabled=True)
    assert evse.shaper_enabled
    assert charger.flag("shaper_active") is True
    await charger.set_shaper(enabled=False)
    assert charger.flag("shaper_active") is False


@pytest.mark.parametrize("generation", WITH_SHAPER)
@pytest.mark.parametrize("enabled", [True, False])
async def test_a_shaper_that_does_not_follow(charger: Charger, evse: OpenEvse, enabled: bool) -> None:
    """It is read back, and shown as the charger says that it is."""
    await charger.set_shaper(enabled=not enabled)
    evse.knobs.confirm = False
    with pytest.raises(Unconfirmed):
        await charger.set_shaper(enabled=enabled)
    assert charger.flag("shaper_active") is not enabled
    assert evse.shaper_enabled is not enabled


@pytest.mark.parametrize("generation", [*WITHOUT_MANAGER, Generation.V4_1_0])
async def test_generations_without_a_shaper(charger: Charger, evse: OpenEvse) -> None:
    """Nothing is asked."""
    assert not charger.can(Ability.SHAPER)
    with pytest.raises(NotAvailable):
        await charger.set_shaper(enabled=True)
    assert not any(request.path == "/shaper" for request in evse.requests)


@pytest.mark.parametrize("generation", WITH_SHAPER)
async def test_the_cars_data(charger: Charger, evse: OpenEvse) -> None:
    """From 5.0 on the gateway has to be told first that they come so."""
    assert charger.can(Ability.PUSH_VEHICLE)
    if evse.generation in WITH_SOURCE:
        with pytest.raises(VehicleSourceNotSet):
            await charger.push_vehicle(61)
        assert not evse.vehicle_told
        await charger.set_vehicle_source(VehicleSource.HTTP)
        assert charger.text("vehicle_data_source") == "http"
    else:
        with pytest.raises(NotAvailable):
            await charger.set_vehicle_source(VehicleSource.HTTP)
    await charger.push_vehicle(61.5, 240, 5400)
    # It keeps whole numbers.
    assert evse.vehicle_told == {"battery_level": 61, "battery_range": 240, "time_to_full_charge": 5400}
    assert charger.number("vehicle_soc") == 61
    # What is not known is not told: it would become 0.
    await charger.push_vehicle(time_to_full_s=60)
    assert evse.vehicle_told == {"battery_level": 61, "battery_range": 240, "time_to_full_charge": 60}


@pytest.mark.parametrize("generation", [Generation.V4_2])
@pytest.mark.parametrize(
    ("soc", "range_km", "seconds", "argument"),
    [
        (None, None, None, "soc"),
        (-1, None, None, "soc"),
        (101, None, None, "soc"),
        (float("nan"), None, None, "soc"),
        (None, -1, None, "range"),
        (None, None, -1, "time_to_full"),
    ],
)
async def test_data_that_cannot_be(
    charger: Charger,
    evse: OpenEvse,
    soc: float | None,
    range_km: float | None,
    seconds: float | None,
    argument: str,
) -> None:
    """Nothing is sent."""
    with pytest.raises(InvalidArgument) as caught:
        await charger.push_vehicle(soc, range_km, seconds)
    assert caught.value.argument == argument
    assert evse.vehicle_told == {}


@pytest.mark.parametrize("generation", [Generation.V4_2])
async def test_data_that_are_not_taken(charger: Charger, evse: OpenEvse) -> None:
    """The gateway answers that all is well."""
    evse.knobs.confirm = False
    with pytest.raises(Unconfirmed):
        await charger.push_vehicle(61)
    with pytest.raises(Unconfirmed):
        await charger.push_vehicle(range_km=100)


@pytest.mark.parametrize("generation", [*WITHOUT_MANAGER, Generation.V4_1_0])
async def test_generations_that_do_not_listen(charger: Charger) -> None:
    """They have nowhere to put the car's data."""
    assert not charger.can(Ability.PUSH_VEHICLE)
    with pytest.raises(NotAvailable):
        await charger.push_vehicle(61)


# The socket, the display's colour


@pytest.mark.parametrize("generation", [Generation.V3_3, Generation.V4_2])
async def test_the_lock_of_a_socket(session: aiohttp.ClientSession, generation: Generation) -> None:
    """By hand or by itself, with controllers from 8.1 on."""
    async with OpenEvse(generation, "8.2.3") as evse, connected(session, evse) as charger:
        assert charger.can(Ability.SOCKET_LOCK)
        assert charger.flag("socket_locked") is False
        await charger.lock_socket(locked=True)
        assert evse.socket_locked
        assert charger.flag("socket_locked") is True
        evse.plug_in()
        await charger.lock_socket(locked=False)
        assert charger.flag("socket_locked") is False
        await charger.lock_socket(None)
        assert evse.socket_locked
        assert charger.flag("socket_locked") is True
        evse.unplug()
        evse.knobs.confirm = False
        with pytest.raises(Unconfirmed):
            await charger.lock_socket(locked=True)


async def test_a_lock_that_goes_silent(session: aiohttp.ClientSession) -> None:
    """What cannot be read is not known."""
    async with OpenEvse(Generation.V3_3, "8.2.3") as evse, connected(session, evse) as charger:
        evse.knobs.refused = ["G5"]
        with pytest.raises(Unconfirmed):
            await charger.lock_socket(locked=True)
        assert charger.value("socket_locked") is None
        assert not charger.can(Ability.SOCKET_LOCK)


async def test_chargers_without_a_lock(charger: Charger, evse: OpenEvse) -> None:
    """Controllers up to 8.0 have none, and from 5.0 on gateways let nobody have it."""
    assert not charger.can(Ability.SOCKET_LOCK)
    with pytest.raises(NotAvailable):
        await charger.lock_socket(locked=True)
    assert not any(command.startswith("$S5") for command in evse.rapi)


async def test_the_colour_of_the_display(charger: Charger, evse: OpenEvse) -> None:
    """By RAPI, which some gateways hand on."""
    if evse.generation in {Generation.V5_0, Generation.V5_1}:
        assert not charger.can(Ability.LCD_COLOUR)
        with pytest.raises(RapiBlocked):
            await charger.set_lcd_colour(LcdColour.VIOLET)
        return
    assert charger.can(Ability.LCD_COLOUR)
    await charger.set_lcd_colour(LcdColour.VIOLET)
    assert evse.lcd_colour == 5
    await charger.set_lcd_colour(1)
    assert evse.lcd_colour == 1
    with pytest.raises(InvalidArgument):
        await charger.set_lcd_colour(8)
    assert evse.lcd_colour == 1
