"""What the simulated manager does by the clock, by the sun, and by the house's fuse."""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta

import pytest

from simulators.openevse import Car, Client, Generation, OpenEvse, Priority, State

from .openevse_visitor import Json, Visitor, state_of, visit

pytestmark = pytest.mark.usefixtures("socket_enabled")

FRIDAY = datetime(2026, 11, 20, 12, tzinfo=UTC)
OWNED = [Generation.V4_1_0, Generation.V4_1_7, Generation.V4_2, Generation.V5_0, Generation.V5_1, Generation.HEAD]


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


def day_of(moment: datetime) -> str:
    """The day of the week, as a schedule names it."""
    return moment.strftime("%A").lower()


async def test_a_schedule(evse: OpenEvse, visitor: Visitor) -> None:
    """Starts and stops; the manual override is above it."""
    evse.plug_in()
    if "scheduler_start_window" in await visitor.config():
        await visitor.post("/config", {"scheduler_start_window": 0})
    events: list[Json] = [
        {"id": 1, "state": "active", "time": "13:00:00", "days": [day_of(FRIDAY)]},
        {"id": 2, "state": "disabled", "time": "14:00", "days": [day_of(FRIDAY)]},
    ]
    assert (await visitor.post("/schedule", events)).status == 200
    assert state_of(evse) == State.SLEEPING
    evse.tick(3600)
    assert state_of(evse) == State.CHARGING
    assert evse.claims[Client.SCHEDULE].priority == Priority.TIMER
    evse.tick(3600)
    assert state_of(evse) == State.SLEEPING
    assert evse.claims[Client.SCHEDULE].priority == Priority.DEFAULT
    await visitor.post("/override", {"state": "active"})
    assert state_of(evse) == State.CHARGING
    assert (await visitor.get("/schedule/2")).json == {
        "id": 2,
        "state": "disabled",
        "time": "14:00:00",
        "days": ["friday"],
    }


async def test_a_plan(newest: OpenEvse, guest: Visitor) -> None:
    """What is now and next; the start at random, by no more than the window."""
    assert (await guest.object("/schedule/plan"))["current_event"] is False
    await guest.post("/schedule", {"state": "active", "time": "02:00:00", "days": ["friday", "monday"]})
    plan = await guest.object("/schedule/plan")
    assert (plan["current_day"], plan["current_offset"]) == ("friday", 12 * 3600)
    current = plan["current_event"]
    assert isinstance(current, dict)
    moved = current["diff"]
    assert isinstance(moved, int)
    assert (current["id"], current["day"], abs(moved) <= 600) == (1, "friday", True)
    assert isinstance(plan["monday"], list)
    assert newest.state == State.NOT_CONNECTED


async def test_a_schedule_is_merged_and_cut(guest: Visitor) -> None:
    """By ids; an unknown one is not found, nonsense is not taken."""
    week: list[Json] = list[Json](["monday"])
    await guest.post("/schedule", {"id": 7, "state": "active", "time": "01:00:00", "days": week})
    await guest.post("/schedule", {"state": "active", "time": "02:00:00", "days": week})
    await guest.post("/schedule", {"id": 7, "state": "disabled", "time": "03:00:00", "days": week})
    told = (await guest.get("/schedule")).json
    assert isinstance(told, list)
    assert [(row["id"], row["time"]) for row in told if isinstance(row, dict)] == [(7, "03:00:00"), (8, "02:00:00")]
    nonsenses: list[Json] = [{"id": 9}, {"state": "active", "time": "never", "days": week}, 3]
    for nonsense in nonsenses:
        assert (await guest.post("/schedule", nonsense)).status == 400
    assert (await guest.ask("POST", "/schedule", body=b"{")).status == 400
    assert [(await guest.delete(f"/schedule/{event}")).status for event in (7, 7, 8)] == [200, 404, 200]
    assert (await guest.get("/schedule")).json == []


async def test_a_schedule_outlives_a_restart(newest: OpenEvse, guest: Visitor) -> None:
    """And is obeyed afterwards."""
    await guest.post("/config", {"scheduler_start_window": 0})
    await guest.post("/schedule", {"id": 1, "state": "disabled", "time": "11:00:00", "days": ["friday"]})
    newest.restart_gateway()
    assert newest.claims[Client.SCHEDULE].properties.state == "disabled"
    assert newest.state == State.SLEEPING


async def test_divert(evse: OpenEvse, visitor: Visitor) -> None:
    """In eco mode the car gets what the sun leaves over, and nothing below 6 A."""
    evse.plug_in()
    await visitor.get("/divertmode", divertmode="2")
    assert state_of(evse) == State.SLEEPING
    evse.feed(solar=2400)
    assert (state_of(evse), evse.pilot) == (State.CHARGING, 10)
    told = await visitor.status()
    assert (told["divertmode"], told["charge_rate"], told["solar"]) == (2, 10, 2400)
    evse.feed(solar=100)
    assert state_of(evse) == State.CHARGING
    evse.tick(601)
    evse.feed(solar=100)
    assert state_of(evse) == State.SLEEPING
    await visitor.ask("POST", "/divertmode", form={"divertmode": "1"})
    assert (state_of(evse), evse.pilot) == (State.CHARGING, 24)


async def test_divert_by_what_would_be_exported(newest: OpenEvse, guest: Visitor) -> None:
    """The car's own current and a reserve are taken into account; solar wins where both are told."""
    newest.plug_in(Car(limit=32))
    await guest.post("/config", {"divert_enabled": True, "charge_mode": "eco"})
    await guest.post("/status", {"grid_ie": -2600})
    assert newest.pilot == 10
    await guest.post("/status", {"grid_ie": -500})
    assert newest.pilot == 11
    await guest.post("/status", {"solar": 1920, "grid_ie": -9000})
    assert newest.pilot == 8
    newest.restart_gateway()
    assert newest.divert_mode == 2


async def test_the_shaper(newest: OpenEvse, guest: Visitor) -> None:
    """Leaves the car what the house's fuse allows; without measurements it pauses."""
    newest.plug_in()
    await guest.post("/config", {"current_shaper_enabled": True, "current_shaper_max_pwr": 6000})
    assert (await guest.status())["shaper"] == 1
    await guest.post("/status", {"shaper_live_pwr": 4560})
    assert newest.pilot == 22
    await guest.post("/status", {"shaper_live_pwr": 7000})
    assert newest.pilot == 16
    newest.tick(121)
    assert state_of(newest) == State.SLEEPING
    assert (await guest.status())["shaper_updated"] is False
    await guest.get("/shaper", shaper="0")
    assert (state_of(newest), newest.pilot) == (State.CHARGING, 24)


async def test_the_default_without_claims(newest: OpenEvse, guest: Visitor) -> None:
    """May be not to charge."""
    newest.plug_in()
    await guest.post("/config", {"default_state": False})
    assert state_of(newest) == State.SLEEPING
    newest.claim(Client.BOOST, Priority.BOOST, state="active")
    assert state_of(newest) == State.CHARGING
    newest.release(Client.BOOST)
    await guest.post("/limit", {"type": "time", "value": 1})
    newest.tick(1)
    assert state_of(newest) == State.CHARGING
    newest.tick(70)
    assert state_of(newest) == State.SLEEPING


async def test_a_day_passes(newest: OpenEvse, guest: Visitor) -> None:
    """The counters of day, week, month and year begin anew each at its time."""
    newest.plug_in(Car(capacity=1_000_000))
    newest.tick(3600)
    assert (await guest.status())["total_day"] == pytest.approx(3.84)
    newest.unplug()
    newest.tick(timedelta(hours=12).total_seconds())
    told = await guest.status()
    assert told["total_day"] == 0
    assert told["total_week"] == pytest.approx(3.84)
