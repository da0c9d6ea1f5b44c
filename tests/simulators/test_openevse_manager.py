"""The simulated manager: overrides, claims, limits."""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime

import pytest

from simulators.openevse import Client, Generation, OpenEvse, Priority, State

from .openevse_visitor import Json, Visitor, state_of, visit

pytestmark = pytest.mark.usefixtures("socket_enabled")

FRIDAY = datetime(2026, 11, 20, 12, tzinfo=UTC)
OWNED = [Generation.V4_1_0, Generation.V4_1_7, Generation.V4_2, Generation.V5_0, Generation.V5_1, Generation.HEAD]
LIMITED = [generation for generation in OWNED if generation not in {Generation.V4_1_0, Generation.V4_1_7}]


@pytest.fixture(params=OWNED)
def evse(request: pytest.FixtureRequest) -> OpenEvse:
    """A charger of each generation that has a manager."""
    return OpenEvse(request.param, start=FRIDAY)


@pytest.fixture
async def visitor(evse: OpenEvse) -> AsyncGenerator[Visitor]:
    """Its visitor."""
    async with visit(evse) as visiting:
        yield visiting


@pytest.fixture
def newest() -> OpenEvse:
    """A charger of the development snapshot."""
    return OpenEvse(Generation.HEAD, start=FRIDAY)


@pytest.fixture
async def guest(newest: OpenEvse) -> AsyncGenerator[Visitor]:
    """Its visitor."""
    async with visit(newest) as visiting:
        yield visiting


async def test_an_override(evse: OpenEvse, visitor: Visitor) -> None:
    """Stops, starts, sets the current; leaving it gives the say back."""
    evse.plug_in()
    assert (await visitor.get("/override")).json == {}
    reply = await visitor.post("/override", {"state": "disabled", "charge_current": 10})
    assert (reply.status, reply.json) == (201, {"msg": "Created"})
    assert (state_of(evse), evse.pilot) == (State.SLEEPING, 10)
    told = await visitor.status()
    assert (told["manual_override"], told["status"], told["state"]) == (1, "disabled", 254)
    assert (await visitor.get("/override")).json == {"state": "disabled", "charge_current": 10, "auto_release": True}
    assert (await visitor.delete("/override")).status == 200
    assert (state_of(evse), evse.pilot) == (State.CHARGING, 24)


async def test_an_override_that_is_not_there(evse: OpenEvse, visitor: Visitor) -> None:
    """Cannot be released, which is a fault of the server."""
    reply = await visitor.delete("/override")
    assert (reply.status, reply.json) == (500, {"msg": "Failed to release manual override"})
    assert evse.state == State.NOT_CONNECTED


async def test_an_override_is_replaced_whole(evse: OpenEvse, visitor: Visitor) -> None:
    """What the second does not say is not said any more; what is no state says nothing."""
    evse.plug_in()
    await visitor.post("/override", {"state": "disabled", "charge_current": 10})
    reply = await visitor.post("/override", {"state": "sideways"})
    assert reply.status == 201
    assert (state_of(evse), evse.pilot) == (State.CHARGING, 24)
    assert (await visitor.get("/override")).json == {"auto_release": True}


async def test_an_override_is_toggled(evse: OpenEvse, visitor: Visitor) -> None:
    """By PATCH, and by the button, which is the same."""
    evse.plug_in()
    assert (await visitor.ask("PATCH", "/override")).status == 200
    assert state_of(evse) == State.SLEEPING
    evse.press_button()
    assert (state_of(evse), len(evse.claims)) == (State.CHARGING, 0)
    evse.press_button()
    assert state_of(evse) == State.SLEEPING
    assert evse.claims[Client.MANUAL].priority == Priority.MANUAL


async def test_an_override_goes_with_the_car(evse: OpenEvse, visitor: Visitor) -> None:
    """Unless it is told not to, which up to 4.1.7 nobody listens to."""
    evse.plug_in()
    await visitor.post("/override", {"state": "disabled", "auto_release": False})
    evse.unplug()
    stays = evse.generation not in {Generation.V4_1_0, Generation.V4_1_7}
    assert (state_of(evse) == State.SLEEPING) == stays


@pytest.mark.parametrize(("asked", "pilot"), [(3, 6), (90, 24), (16, 16)])
async def test_a_current_is_clamped(evse: OpenEvse, visitor: Visitor, asked: int, pilot: int) -> None:
    """And told as it was said."""
    await visitor.post("/override", {"charge_current": asked})
    assert evse.pilot == pilot
    assert (await visitor.object("/override"))["charge_current"] == asked
    assert evse.eeprom.writes == 0


async def test_limits_in_an_override(evse: OpenEvse, visitor: Visitor) -> None:
    """Up to 4.1.7 they are kept, then dropped without a word."""
    reply = await visitor.post("/override", {"energy_limit": 1000, "time_limit": 30})
    assert reply.status == 201
    told = await visitor.object("/override")
    assert ("energy_limit" in told) == (evse.generation in {Generation.V4_1_0, Generation.V4_1_7})


async def test_pausing_by_disabling(newest: OpenEvse, guest: Visitor) -> None:
    """As it can be configured for cars that do not wake."""
    newest.plug_in()
    await guest.post("/config", {"pause_uses_disabled": True})
    await guest.post("/override", {"state": "disabled"})
    assert newest.state == State.DISABLED


async def test_claims(evse: OpenEvse, visitor: Visitor) -> None:
    """Made at priority 500 whatever is asked for, told, released; not there is 404."""
    evse.plug_in()
    said: Json = {"state": "disabled", "charge_current": 8, "priority": 9999}
    reply = await visitor.post("/claims/20", said)
    assert (reply.status, reply.json) == (200, {"msg": "done"})
    assert state_of(evse) == State.SLEEPING
    told: dict[str, Json] = {"priority": 500, "state": "disabled", "charge_current": 8, "auto_release": False}
    assert (await visitor.get("/claims/20")).json == told
    assert (await visitor.get("/claims")).json == [{"client": 20} | told]
    assert (await visitor.get("/claims/target")).json == {
        "properties": {"state": "disabled", "charge_current": 8, "auto_release": False},
        "claims": {"state": 20, "charge_current": 20},
    }
    assert (await visitor.delete("/claims/20")).status == 200
    assert state_of(evse) == State.CHARGING
    assert [(await visitor.ask(method, "/claims/20")).status for method in ("GET", "DELETE")] == [404, 404]
    assert (await visitor.post("/claims", said)).status == 405


async def test_the_higher_priority_has_the_say(evse: OpenEvse, visitor: Visitor) -> None:
    """Property by property; the maximum of one binds the current of another."""
    evse.plug_in()
    await visitor.post("/claims/20", {"state": "disabled", "charge_current": 10})
    evse.claim(Client.MANUAL, Priority.MANUAL, state="active")
    assert (state_of(evse), evse.pilot) == (State.CHARGING, 10)
    evse.claim(Client.OCPP, Priority.OCPP, state="disabled", max_current=8)
    assert (state_of(evse), evse.pilot) == (State.SLEEPING, 8)
    evse.release(Client.OCPP)
    assert (state_of(evse), evse.pilot) == (State.CHARGING, 10)


async def test_claims_stay_or_go_with_the_car(evse: OpenEvse, visitor: Visitor) -> None:
    """They stay unless they say so; a restart forgets all."""
    evse.plug_in()
    await visitor.post("/claims/20", {"charge_current": 10})
    await visitor.post("/claims/21", {"charge_current": 8, "auto_release": True})
    evse.unplug()
    assert list(evse.claims) == [20]
    evse.restart_gateway()
    assert (len(evse.claims), evse.pilot) == (0, 24)


async def test_ten_slots(evse: OpenEvse, visitor: Visitor) -> None:
    """The eleventh finds none; one that has one may change its mind."""
    statuses = [(await visitor.post(f"/claims/{client}", {"charge_current": 10})).status for client in range(30, 41)]
    assert statuses == [200] * 10 + [400]
    assert (await visitor.post("/claims/39", {"charge_current": 11})).status == 200
    assert len(evse.claims) == 10


async def test_versions_count(newest: OpenEvse, guest: Visitor) -> None:
    """Each change of a resource is told by a number."""
    before = await guest.status()
    await guest.post("/override", {"state": "disabled"})
    await guest.post("/limit", {"type": "time", "value": 5})
    await guest.post("/schedule", {"state": "active", "time": "01:00", "days": ["monday"]})
    await guest.post("/config", {"hostname": "garage"})
    after = await guest.status()
    names = ("claims_version", "override_version", "limit_version", "schedule_version", "config_version")
    for name in names:
        earlier, later = before[name], after[name]
        assert isinstance(earlier, int)
        assert isinstance(later, int)
        assert later > earlier, name
    newest.restart_gateway()
    assert (await guest.status())["override_version"] == 0


@pytest.mark.parametrize(
    ("kind", "value", "seconds"), [("time", 2, 120), ("energy", 64, 60), ("soc", 80, 0), ("range", 240, 0)]
)
@pytest.mark.parametrize("generation", LIMITED)
async def test_a_limit_pauses(generation: Generation, kind: str, value: int, seconds: int) -> None:
    """Minutes, Wh, % and distance; gone with the car."""
    evse = OpenEvse(generation, start=FRIDAY)
    async with visit(evse) as visitor:
        evse.plug_in()
        reply = await visitor.post("/limit", {"type": kind, "value": value})
        assert (reply.status, (await visitor.status())["limit"]) == (201, True)
        assert (await visitor.get("/limit")).json == {"type": kind, "value": value, "auto_release": True}
        await visitor.post("/config", {"vehicle_data_src": 3})
        if seconds:
            evse.tick(seconds - 1)
            assert state_of(evse) == State.CHARGING
            evse.tick(2)
        else:
            await visitor.post("/status", {"battery_level": 79, "battery_range": 239})
            evse.tick(1)
            assert state_of(evse) == State.CHARGING
            await visitor.post("/status", {"battery_level": 80, "battery_range": 240})
            evse.tick(1)
        assert state_of(evse) == State.SLEEPING
        assert evse.claims[Client.LIMIT].priority == Priority.LIMIT
        evse.unplug()
        assert (state_of(evse), (await visitor.get("/limit")).json) == (State.NOT_CONNECTED, {})


async def test_a_limit_is_taken_back(newest: OpenEvse, guest: Visitor) -> None:
    """And charging goes on, but not because of a higher one."""
    newest.plug_in()
    await guest.post("/limit", {"type": "time", "value": 1})
    newest.tick(70)
    assert state_of(newest) == State.SLEEPING
    await guest.post("/limit", {"type": "time", "value": 10})
    newest.tick(5)
    assert state_of(newest) == State.SLEEPING
    assert (await guest.delete("/limit")).status == 200
    assert state_of(newest) == State.CHARGING


@pytest.mark.parametrize("said", [{"type": "none", "value": 3}, {"type": "time", "value": 0}, {"value": 3}, {}])
async def test_no_limit(guest: Visitor, said: dict[str, Json]) -> None:
    """What makes no sense is refused."""
    assert (await guest.post("/limit", said)).status == 400
    assert (await guest.get("/limit")).json == {}


async def test_a_limit_that_stays(newest: OpenEvse, guest: Visitor) -> None:
    """For the next car."""
    newest.plug_in()
    await guest.post("/limit", {"type": "time", "value": 1, "auto_release": False})
    newest.tick(70)
    newest.unplug()
    newest.plug_in()
    assert state_of(newest) == State.CHARGING
    newest.tick(70)
    assert state_of(newest) == State.SLEEPING


async def test_the_energy_counts_anew_with_each_car(newest: OpenEvse, guest: Visitor) -> None:
    """From 4.1.9 on; before it stays until the next car comes."""
    older = OpenEvse(Generation.V4_1_7)
    async with visit(older) as other:
        for evse in (newest, older):
            evse.plug_in()
            evse.tick(60)
            evse.unplug()
        assert ((await guest.status())["session_energy"], (await other.status())["session_energy"]) == (0, 64)
        assert (await guest.status())["total_energy"] == 0.064
        older.plug_in()
        assert (await other.status())["session_energy"] == 0
