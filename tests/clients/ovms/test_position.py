"""Two metrics become one place, whenever they arrive."""

import asyncio
from collections.abc import AsyncGenerator

import pytest

from custom_components.open_ev.clients.ovms import position
from custom_components.open_ev.clients.ovms.position import Position
from custom_components.open_ev.clients.ovms.vehicle import Aspect, Vehicle
from tests.clients.waiting import eventually

SETTLE = 0.03


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a place waits for its other half, only not as long as for a module."""
    monkeypatch.setattr(position, "SETTLE_SECONDS", SETTLE)


class Tracked:
    """A vehicle and the places it told of."""

    def __init__(self) -> None:
        self.vehicle = Vehicle()
        self.places: list[Position | None] = []
        self.vehicle.subscribe([Aspect.POSITION], lambda: self.places.append(self.vehicle.position))

    def at(self, latitude: str | None = None, longitude: str | None = None, *, stored: bool = False) -> None:
        """Take what a batch has of a place."""
        if latitude is not None:
            self.vehicle.update("v.p.latitude", latitude, stored=stored)
        if longitude is not None:
            self.vehicle.update("v.p.longitude", longitude, stored=stored)


@pytest.fixture
async def tracked() -> AsyncGenerator[Tracked]:
    """A car that was nowhere yet."""
    made = Tracked()
    yield made
    made.vehicle.close()


async def settled() -> None:
    """Wait until half a place has waited long enough."""
    await asyncio.sleep(2 * SETTLE)


async def test_both_halves_together_are_a_place_at_once(tracked: Tracked) -> None:
    """In either order, stored or not, and told once."""
    tracked.at("52.1", "4.3", stored=True)
    assert tracked.vehicle.position == Position(52.1, 4.3)
    assert tracked.vehicle.knows([Aspect.POSITION])
    await asyncio.sleep(0)
    tracked.at(longitude="4.4")
    assert tracked.vehicle.position == Position(52.1, 4.3)
    tracked.at(latitude="52.2")
    assert tracked.vehicle.position == Position(52.2, 4.4)
    await settled()
    assert tracked.places == [Position(52.1, 4.3), Position(52.2, 4.4)]


async def test_half_a_place_is_none(tracked: Tracked) -> None:
    """A car whose longitude was never heard is nowhere, however long one waits."""
    tracked.at("52.1")
    await settled()
    assert tracked.vehicle.position is None
    tracked.at(longitude="4.3")
    await eventually(lambda: tracked.places == [Position(52.1, 4.3)])


async def test_a_car_may_move_along_one_axis(tracked: Tracked) -> None:
    """The other half did not change, so it does not come; after a moment the place counts."""
    tracked.at("52.1", "4.3")
    tracked.at("52.2")
    await asyncio.sleep(0)
    assert tracked.places == [Position(52.1, 4.3)]
    await eventually(lambda: len(tracked.places) == 2)
    tracked.at(longitude="4.5")
    await eventually(lambda: len(tracked.places) == 3)
    assert tracked.places == [Position(52.1, 4.3), Position(52.2, 4.3), Position(52.2, 4.5)]


async def test_a_place_over_two_batches_is_one_place(tracked: Tracked, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second half comes with the module's next batch; nothing in between is shown."""
    monkeypatch.setattr(position, "SETTLE_SECONDS", 2.0)
    tracked.at("52.1", "4.3")
    for step in range(1, 6):
        tracked.at(f"52.{step + 1}")
        await asyncio.sleep(SETTLE)
        tracked.at(longitude=f"4.{step + 3}")
        await asyncio.sleep(0)
    assert tracked.places == [Position(float(f"52.{step}"), float(f"4.{step + 2}")) for step in range(1, 7)]


async def test_one_half_twice_waits_for_the_other(tracked: Tracked) -> None:
    """The newer latitude goes with the longitude."""
    tracked.at("52.1", "4.3")
    tracked.at("52.2")
    tracked.at("52.3")
    tracked.at(longitude="4.4")
    await settled()
    assert tracked.places == [Position(52.3, 4.4)]


async def test_the_same_place_again_is_no_news(tracked: Tracked) -> None:
    """A parked car does not move."""
    for _ in range(3):
        tracked.at("52.1", "4.3")
        await asyncio.sleep(0)
    tracked.at("52.1")
    await settled()
    assert tracked.places == [Position(52.1, 4.3)]


@pytest.mark.parametrize(
    ("latitude", "longitude"),
    [
        ("0", "0"),
        ("0.000000", "-0.000000"),
        ("90.1", "4"),
        ("-91", "4"),
        ("52", "180.5"),
        ("52", "-1e+03"),
        ("nan", "4"),
        ("", "4"),
        ("52.1N", "4"),
    ],
)
async def test_what_is_no_place_changes_nothing(tracked: Tracked, latitude: str, longitude: str) -> None:
    """Neither as a first place nor as a next one; half of it may be right and is then taken as half."""
    tracked.at(latitude, longitude)
    await settled()
    assert tracked.places == []
    tracked.at("52.1", "4.3")
    tracked.at("0", "0")
    await settled()
    assert tracked.places == [Position(52.1, 4.3)]
    assert tracked.vehicle.position == Position(52.1, 4.3)


@pytest.mark.parametrize(("latitude", "longitude"), [(90.0, 180.0), (-90.0, -180.0), (0.0, 4.3), (52.1, 0.0)])
async def test_the_ends_of_the_world_are_places(tracked: Tracked, latitude: float, longitude: float) -> None:
    """And so are the equator and the prime meridian, one at a time."""
    tracked.at(str(latitude), str(longitude))
    assert tracked.vehicle.position == Position(latitude, longitude)


async def test_a_cleared_place_is_where_the_car_was(tracked: Tracked) -> None:
    """Losing the satellites moves nobody."""
    tracked.at("52.1", "4.3")
    tracked.at("", "")
    await settled()
    assert tracked.vehicle.position == Position(52.1, 4.3)


async def test_a_half_is_not_completed_by_another_connection(tracked: Tracked) -> None:
    """Between the two the car went on: they are halves of two places."""
    tracked.at("52.1", "4.3")
    tracked.at("52.2")
    tracked.vehicle.report_link()
    tracked.at(longitude="4.9")
    await settled()
    assert tracked.places == [Position(52.1, 4.3)]
    tracked.at("52.8")
    await eventually(lambda: tracked.places == [Position(52.1, 4.3), Position(52.8, 4.9)])


async def test_a_half_is_not_completed_by_the_last_place_either(tracked: Tracked) -> None:
    """Its other half may have changed as well, and was cut off."""
    tracked.at("52.1", "4.3")
    tracked.at("52.2")
    tracked.vehicle.report_link()
    await settled()
    assert tracked.places == [Position(52.1, 4.3)]
    tracked.at("52.1", "4.3", stored=True)
    await settled()
    tracked.at("52.3")
    await eventually(lambda: len(tracked.places) == 2)
    assert tracked.places == [Position(52.1, 4.3), Position(52.3, 4.3)]


async def test_a_closed_vehicle_settles_nothing(tracked: Tracked) -> None:
    """No timer is left behind."""
    tracked.at("52.1", "4.3")
    tracked.at("52.2")
    tracked.vehicle.close()
    await settled()
    assert tracked.vehicle.position == Position(52.1, 4.3)


def test_a_place_is_not_told_by_its_representation() -> None:
    """It may end in a log."""
    assert repr(Position(52.1, 4.3)) == "Position(...)"
