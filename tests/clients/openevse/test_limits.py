"""Limits of a session, and when the simulated charger stops by them."""

from collections.abc import Awaitable, Callable

import aiohttp
import pytest

from custom_components.open_ev.clients.openevse.charger import Charger
from custom_components.open_ev.clients.openevse.errors import InvalidArgument, NotAvailable, RapiRefused, Unconfirmed
from custom_components.open_ev.clients.openevse.models import Ability, VehicleSource
from simulators.openevse import Generation, OpenEvse

from .conftest import WITH_MANAGER, WITHOUT_MANAGER, charges, connected, look

WITH_LIMITS = (Generation.V4_2, Generation.V5_0, Generation.V5_1, Generation.HEAD)
WITHOUT_LIMITS = (Generation.V4_1_0, Generation.V4_1_7)

limited = pytest.mark.parametrize("generation", WITH_LIMITS)
managed = pytest.mark.parametrize("generation", WITH_MANAGER)
unmanaged = pytest.mark.parametrize("generation", WITHOUT_MANAGER)

type SetLimit = Callable[[Charger, float | None], Awaitable[None]]


@pytest.mark.parametrize("generation", [*WITHOUT_MANAGER, *WITH_LIMITS])
async def test_an_energy_limit(charger: Charger, evse: OpenEvse) -> None:
    """It ends the session, and is gone with the car."""
    assert charger.can(Ability.ENERGY_LIMIT)
    evse.plug_in()
    await charger.set_energy_limit(1000)
    assert charger.number("limit_energy") == 1000
    assert (charger.text("limit_type"), charger.number("limit_value"), charger.flag("limit_set")) == (
        "energy",
        1000,
        True,
    )
    evse.tick(600)
    assert charges(evse)
    evse.tick(600)
    assert not charges(evse)
    assert evse.session_energy == pytest.approx(1000, abs=20)
    await look(charger)
    assert charger.text("why") == "by_limit"
    evse.unplug()
    await look(charger)
    assert charger.flag("limit_set") is False


@pytest.mark.parametrize("generation", [*WITHOUT_MANAGER, *WITH_LIMITS])
async def test_a_time_limit(charger: Charger, evse: OpenEvse) -> None:
    """In minutes, whatever the controller counts in."""
    assert charger.can(Ability.TIME_LIMIT)
    evse.plug_in()
    await charger.set_time_limit(30)
    assert (charger.number("limit_time"), charger.text("limit_type")) == (30, "time")
    evse.tick(29 * 60)
    assert charges(evse)
    evse.tick(2 * 60)
    assert not charges(evse)


@pytest.mark.parametrize("generation", [*WITHOUT_MANAGER, *WITH_LIMITS])
async def test_a_limit_that_is_taken_back(charger: Charger, evse: OpenEvse) -> None:
    """The session goes on."""
    evse.plug_in()
    await charger.set_energy_limit(1000)
    await charger.set_energy_limit(None)
    assert charger.value("limit_energy") is None
    assert charger.flag("limit_set") is False
    evse.tick(3600)
    assert charges(evse)
    # There is none any more, and that is fine.
    await charger.set_energy_limit(None)
    await charger.set_time_limit(None)


@limited
async def test_one_limit_at_a_time(charger: Charger, evse: OpenEvse) -> None:
    """A gateway has one: another replaces it, and taking back what it is not leaves it."""
    await charger.set_energy_limit(5000)
    await charger.set_time_limit(60)
    assert evse.limit["type"] == "time"
    assert charger.value("limit_energy") is None
    await charger.set_energy_limit(None)
    assert evse.limit["type"] == "time"
    assert charger.number("limit_time") == 60


@limited
async def test_whatever_limit_there_is_is_cleared(charger: Charger, evse: OpenEvse) -> None:
    """Also one of a kind that a firmware to come may have, and one that somebody has set since the last look."""
    await charger.clear_limits()
    evse.limit_by("money", 5)
    await look(charger)
    assert (charger.flag("limit_set"), charger.text("limit_type")) == (True, None)
    await charger.clear_limits()
    assert (evse.limit, charger.flag("limit_set")) == ({}, False)
    evse.limit_by("energy", 5000)
    await charger.clear_limits()
    assert (evse.limit, charger.flag("limit_set")) == ({}, False)


@unmanaged
async def test_a_controller_loses_both_its_limits(charger: Charger, evse: OpenEvse) -> None:
    """Also those that were set since it was asked; without a car it has none, and refuses to hear of them."""
    await charger.clear_limits()
    evse.plug_in()
    await charger.set_energy_limit(2000)
    await charger.set_time_limit(30)
    await charger.clear_limits()
    assert (evse.energy_limit, evse.time_limit, charger.flag("limit_set")) == (0, 0, False)


@pytest.mark.parametrize("generation", WITHOUT_LIMITS)
async def test_where_there_is_no_limit_none_is_cleared(charger: Charger) -> None:
    """It says so, as for setting one."""
    with pytest.raises(NotAvailable):
        await charger.clear_limits()


async def test_a_controller_that_was_built_without_limits(session: aiohttp.ClientSession) -> None:
    """As official ones of 8.x are."""
    async with OpenEvse(Generation.V3_3, "8.2.3") as evse, connected(session, evse) as charger:
        with pytest.raises(NotAvailable):
            await charger.clear_limits()


@limited
async def test_a_limit_by_state_of_charge(charger: Charger, evse: OpenEvse) -> None:
    """It counts what the charger is told of the car."""
    if "vehicle_data_src" in evse.config:
        await charger.set_vehicle_source(VehicleSource.HTTP)
    evse.plug_in()
    await charger.push_vehicle(70, 210)
    await charger.set_soc_limit(80)
    assert charger.number("limit_soc") == 80
    evse.tick(5)
    assert charges(evse)
    await charger.push_vehicle(80)
    evse.tick(5)
    assert not charges(evse)


@limited
@pytest.mark.parametrize("miles", [False, True])
async def test_a_limit_by_range(charger: Charger, evse: OpenEvse, miles: bool) -> None:
    """In km, whatever the gateway's unit is."""
    evse.config["mqtt_vehicle_range_miles"] = miles
    evse.config["vehicle_data_src"] = 3
    charger.config["mqtt_vehicle_range_miles"] = miles
    charger.config["vehicle_data_src"] = 3
    evse.plug_in()
    await charger.set_range_limit(300)
    assert charger.number("limit_range") == pytest.approx(300, abs=1)
    assert evse.limit["value"] == (186 if miles else 300)
    await charger.push_vehicle(range_km=290)
    assert charger.number("vehicle_range") == pytest.approx(290, abs=1)
    evse.tick(5)
    assert charges(evse)
    await charger.push_vehicle(range_km=301)
    evse.tick(5)
    assert not charges(evse)


@pytest.mark.parametrize("generation", WITHOUT_LIMITS)
async def test_generations_without_limits(charger: Charger, evse: OpenEvse) -> None:
    """Their gateways have none, and fight those of the controller."""
    evse.plug_in()
    for set_limit in (charger.set_energy_limit, charger.set_time_limit, charger.set_soc_limit, charger.set_range_limit):
        with pytest.raises(NotAvailable):
            await set_limit(60)
    assert not charger.can(Ability.ENERGY_LIMIT)


@unmanaged
async def test_controllers_that_know_nothing_of_the_car(charger: Charger) -> None:
    """Nor does anybody else there."""
    for ability in (Ability.SOC_LIMIT, Ability.RANGE_LIMIT):
        assert not charger.can(ability)
    with pytest.raises(NotAvailable):
        await charger.set_soc_limit(80)
    with pytest.raises(NotAvailable):
        await charger.set_range_limit(300)


async def test_controllers_without_limits(session: aiohttp.ClientSession) -> None:
    """Official builds of 8.x lack them."""
    async with OpenEvse(Generation.V3_3, "8.2.3") as evse, connected(session, evse) as charger:
        evse.plug_in()
        assert not charger.can(Ability.ENERGY_LIMIT)
        assert not charger.can(Ability.TIME_LIMIT)
        with pytest.raises(NotAvailable):
            await charger.set_energy_limit(1000)
        with pytest.raises(NotAvailable):
            await charger.set_time_limit(60)


@unmanaged
async def test_a_limit_without_a_car(charger: Charger) -> None:
    """Controllers refuse it."""
    with pytest.raises(RapiRefused):
        await charger.set_energy_limit(1000)


@pytest.mark.parametrize("generation", [Generation.V2_9, Generation.V5_1])
@pytest.mark.parametrize("value", [-1, 0, float("inf"), float("nan"), 1e12])
async def test_limits_that_are_none(charger: Charger, evse: OpenEvse, value: float) -> None:
    """Nothing is sent."""
    evse.plug_in()
    asked = [request for request in evse.requests if request.method == "POST" and request.path != "/r"]
    for set_limit in (charger.set_energy_limit, charger.set_time_limit):
        with pytest.raises(InvalidArgument) as caught:
            await set_limit(value)
        assert caught.value.reason == "out_of_range"
        assert caught.value.argument.endswith("_limit")
        with pytest.raises(InvalidArgument, match="_limit: not_whole"):
            await set_limit(0.5)
    assert asked == [request for request in evse.requests if request.method == "POST" and request.path != "/r"]


@unmanaged
async def test_limits_between_the_steps_of_a_controller(charger: Charger, evse: OpenEvse) -> None:
    """It counts in kWh and quarters of an hour; nothing is rounded that somebody relies on."""
    evse.plug_in()
    with pytest.raises(InvalidArgument, match="not_whole_kwh"):
        await charger.set_energy_limit(1500)
    with pytest.raises(InvalidArgument, match="not_quarters"):
        await charger.set_time_limit(20)
    assert (evse.energy_limit, evse.time_limit) == (0, 0)


@limited
async def test_a_limit_that_is_not_taken(charger: Charger, evse: OpenEvse) -> None:
    """It is seen that it is not there."""
    evse.knobs.confirm = False
    with pytest.raises(Unconfirmed):
        await charger.set_energy_limit(1000)
    assert charger.flag("limit_set") is False
    evse.knobs.confirm = True
    await charger.set_energy_limit(1000)
    evse.knobs.confirm = False
    with pytest.raises(Unconfirmed):
        await charger.set_energy_limit(None)
    assert charger.number("limit_energy") == 1000
