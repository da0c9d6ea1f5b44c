"""Tyres, in both of the protocol's messages."""

import pytest

from custom_components.open_ev.clients.ovms.server_messages import Messages
from custom_components.open_ev.clients.ovms.vehicle import Vehicle

GROUPS = "Y4,FL,FR,RL,RR,4,250.1,251.3,262.4,260.0,1,4,17.0,18.0,16.0,17.0,1,0,-1,4,0,0,1,2,1,0,-1"
PAIRS = "W36.448,18,37.7098,17,36.2739,17,38.0579,16,1"


@pytest.fixture
async def car(vehicle: Vehicle) -> Messages:
    """A connection whose stored messages have been told."""
    messages = Messages(vehicle, lambda *_: None, lambda: None)
    messages.take("T0")
    return messages


def test_groups(vehicle: Vehicle, car: Messages) -> None:
    """A group that is not valid is left out."""
    car.take(GROUPS)
    assert vehicle.value("v.t.pressure") == (250.1, 251.3, 262.4, 260.0)
    assert vehicle.value("v.t.temp") == (17, 18, 16, 17)
    assert vehicle.value("v.t.health") is None
    assert vehicle.value("v.t.alert") == (0, 0, 1, 2)


def test_the_order_is_that_of_mqtt(vehicle: Vehicle, car: Messages) -> None:
    """Whatever the vehicle's own is; wheels of other names stay where they are."""
    car.take("Y4,RR,RL,FR,FL,4,1.0,2.0,3.0,4.0,1")
    assert vehicle.value("v.t.pressure") == (4, 3, 2, 1)
    car.take("Y2,F,R,2,7.0,8.0,0")
    assert vehicle.value("v.t.pressure") == (7, 8)


def test_pairs(vehicle: Vehicle, car: Messages) -> None:
    """In PSI, and in an order of their own."""
    car.take(PAIRS)
    assert vehicle.value("v.t.pressure") == (250.1, 251.3, 262.4, 260.0)
    assert vehicle.value("v.t.temp") == (17, 18, 16, 17)


def test_pairs_are_for_want_of_groups(vehicle: Vehicle, car: Messages) -> None:
    """Groups are more exact."""
    car.take(GROUPS)
    car.take("W1,2,3,4,5,6,7,8,1")
    assert vehicle.value("v.t.pressure") == (250.1, 251.3, 262.4, 260.0)


def test_pairs_without_a_measurement(vehicle: Vehicle, car: Messages) -> None:
    """The firmware makes a 1 of what is no temperature."""
    car.take("W0,1,0,1,0,1,0,1,0")
    car.take("W36.448,18,37.7098,1,36.2739,17,38.0579,16,-1")
    assert vehicle.readings == {}
    car.take("W36.448,18,37.7098,1,36.2739,17,38.0579,16,0")
    assert vehicle.value("v.t.pressure") == (250.1, 251.3, 262.4, 260.0)
    assert vehicle.value("v.t.temp") is None


@pytest.mark.parametrize(
    ("message", "unreadable"),
    [
        ("Y", 1),
        ("Yx,y", 1),
        ("Y99,1", 1),
        ("Y-1", 1),
        ("Y4,FL,FR", 1),
        ("Y0,0,-1,0,-1,0,-1", 0),
        ("Y4,FL,FR,RL,RR,4,1.0,,3.0,4.0,1", 0),
        ("Y4,FL,FR,RL,RR,9,1.0,2.0,1", 0),
        ("Y4,FL,FR,RL,RR,4,1.0,x,3.0,4.0,1", 1),
        (f"Y{'99,' * 2000}", 1),
        ("W1,2", 0),
        ("W36.4,1,0,1,36.3,1,38.1,1,1", 0),
        ("W1,2,x,4,5,6,7,8,1", 1),
        ("W1,2,1e999,4,5,6,7,8,1", 1),
    ],
)
def test_what_is_no_tyre(vehicle: Vehicle, car: Messages, message: str, unreadable: int) -> None:
    """A list has no place for a wheel that is not known."""
    car.take(message)
    assert vehicle.readings == {}
    assert vehicle.unreadable == unreadable


def test_the_same_again_is_no_news(vehicle: Vehicle, car: Messages) -> None:
    """But for the first time that the car says itself what was stored."""
    car.begin()
    car.take(GROUPS)
    stored = vehicle.reading("v.t.pressure")
    car.take("T5")
    car.take(GROUPS)
    live = vehicle.reading("v.t.pressure")
    car.take(f"{GROUPS},0")
    assert stored is not None
    assert live is not None
    assert (stored.at, live.at is None) == (None, False)
    assert vehicle.reading("v.t.pressure") is live
