"""What a server says, one message after the other."""

from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial

import pytest

from custom_components.open_ev.clients.ovms.notifications import Notification, NotificationKind
from custom_components.open_ev.clients.ovms.server_messages import MAX_STATUS, Messages
from custom_components.open_ev.clients.ovms.vehicle import Vehicle

from .clock import Clock
from .scripted_server import BURST


class Talk:
    """A connection's messages, and what came of them."""

    def __init__(self, vehicle: Vehicle) -> None:
        self.vehicle = vehicle
        self.answers: list[tuple[str, str]] = []
        self.left = 0
        self.messages = Messages(vehicle, lambda code, answer: self.answers.append((code, answer)), self._leave)

    def _leave(self) -> None:
        self.left += 1

    def __call__(self, *messages: str) -> None:
        """Say something."""
        for message in messages:
            self.messages.take(message)


@pytest.fixture
async def talk(clock: Clock) -> AsyncIterator[Talk]:
    """A connection to a server, about a car of an unknown type."""
    vehicle = Vehicle(now=clock)
    yield Talk(vehicle)
    vehicle.close()


def test_what_was_stored_has_its_age(talk: Talk, clock: Clock) -> None:
    """The first age ends what was stored; readings have no time of their own until the car speaks."""
    talk(*BURST[:-1])
    assert not talk.messages.told.is_set()
    talk("T600", "T5")
    assert talk.messages.told.is_set()
    assert talk.vehicle.read_at("v.b.soc") == talk.vehicle.last_heard == clock.now - timedelta(minutes=10)
    assert not talk.vehicle.heard_within(3600)


def test_what_is_said_again_is_fresh(talk: Talk, clock: Clock) -> None:
    """A live message confirms what was stored, also where nothing changed."""
    talk(*BURST)
    clock.forward(seconds=30)
    talk(BURST[2])
    reading = talk.vehicle.reading("v.b.soc")
    assert reading is not None
    assert reading.at == clock.now
    assert talk.vehicle.read_at("v.p.odometer") == clock.now - timedelta(seconds=52)


@pytest.mark.parametrize("age", ["T3020399", "T", "Tx", "T-5", "T99999999"])
def test_what_was_never_stored_has_no_age(talk: Talk, age: str) -> None:
    """More than five weeks, and never, are the same to a server."""
    talk("Z0", age)
    assert talk.messages.told.is_set()
    assert talk.vehicle.last_heard is None


async def test_only_what_changed_is_handed_on(talk: Talk) -> None:
    """A message of forty-two fields wakes who listens to the one that is new."""
    talk(*BURST)
    talk(BURST[2], BURST[3])
    woken: list[str] = []
    for name in ("v.b.soc", "v.c.current", "v.c.state"):
        talk.vehicle.subscribe([name], partial(woken.append, name))
    clock_before = talk.vehicle.read_at("v.c.state")
    talk(BURST[2].replace("15.70", "15.80"), BURST[2].replace("15.70", "15.80"))
    await talk.vehicle.wait_until(lambda: bool(woken), ["v.b.soc"], seconds=0.05)
    assert woken == ["v.c.current"]
    assert talk.vehicle.read_at("v.c.state") == clock_before


def test_the_car_comes_and_goes(talk: Talk) -> None:
    """And what it was asked will not be answered any more."""
    for message, there in (("Z0", False), ("Z1", True)):
        talk(message)
        assert (talk.messages.car_connected, talk.vehicle.online, talk.left) == (there, there, 1)


def test_whoever_speaks_is_there(talk: Talk) -> None:
    """Whatever was said before; but an answer of the server's own, and an age, are nobody's word."""
    talk(*BURST, "Z0", "T0", "f3.0.001", "c31,1,No data")
    seen = [talk.vehicle.online]
    for message in (BURST[2], "Z0", "c7,0,text", "Z0", BURST[2], "Z0", "PIHello"):
        talk(message)
        seen.append(talk.vehicle.online)
    assert seen == [False, True, False, True, False, True, False, True]


def test_miles(talk: Talk) -> None:
    """They hold for the messages after the one that says so, and for what was said before without it."""
    talk("T0", "D0,0,5,0,0,0,100,1000,50", "L,,,,,,31.1,100")
    assert talk.vehicle.value("v.p.odometer") is talk.vehicle.value("v.p.trip") is None
    assert talk.vehicle.value("v.p.speed") == 50
    talk("S50.0,M,0,0,charging,standard,100,90")
    assert talk.vehicle.value("v.p.odometer") == pytest.approx(160.9)
    assert talk.vehicle.value("v.b.range.ideal") == pytest.approx(160.9)
    assert talk.vehicle.value("v.p.speed") == pytest.approx(50.1)
    talk("S50.0,K,0,0,charging,standard,100,90", "S50.0,parsec,0,0,charging,standard,110,90")
    assert talk.vehicle.value("v.b.range.ideal") == 110


def test_other_units_do_not_change_what_was_said_before(talk: Talk) -> None:
    """The owner chooses miles; until the module says the distance in them, it is the one that it was."""
    environment = "D0,0,5,0,0,0,100,1000,50"
    talk("T0", "S50.0,K,0,0,charging,standard,100,90", environment)
    talk("S50.0,M,0,0,charging,standard,62,90")
    assert talk.vehicle.value("v.p.odometer") == 100
    assert talk.vehicle.value("v.b.range.ideal") == pytest.approx(99.8)
    # As many miles as it were kilometers: the same text.
    assert talk.vehicle.value("v.b.range.est") == pytest.approx(144.8)
    talk(environment)
    assert talk.vehicle.value("v.p.odometer") == pytest.approx(160.9)


def test_bits_without_a_meaning_have_none(talk: Talk) -> None:
    """The firmware leaves them as they happen to be."""
    talk("T0", "D32,7,5,,,,,,,,,60,,,,253,,76")
    flags = {name: reading.value for name, reading in talk.vehicle.readings.items() if reading.value is True}
    assert flags == {}
    talk("D33,15,4,,,,,,,,,61,,,,255,,77")
    flags = {name: reading.value for name, reading in talk.vehicle.readings.items() if reading.value is True}
    assert set(flags) == {"v.d.fl", "v.e.locked", "v.e.awake", "v.e.alarm", "v.d.rl"}


def test_dates_do_not_flutter(talk: Talk) -> None:
    """They come in steps of two minutes."""
    talk("T0", f"F{',' * 7}1811808000")
    first = talk.vehicle.value("v.e.serv.time")
    talk(f"F{',' * 7}1811808128")
    assert talk.vehicle.value("v.e.serv.time") == first
    talk(f"F{',' * 7}1811808256")
    assert talk.vehicle.value("v.e.serv.time") != first


@pytest.mark.parametrize(
    "message",
    [
        "",
        "?",
        "q1,2,3",
        "S",
        "S50.0",
        "S,,,,",
        "V",
        "VC1-6,C10-12",
        "gDEMO,1,50",
        "G1",
        "a",
        "f",
        "Z",
        "Zx",
        "P",
        "PX",
        "Px,y",
        "E",
    ],
)
def test_what_is_short_or_unknown_does_no_harm(talk: Talk, message: str) -> None:
    """Older firmware sends less, newer more."""
    talk("T0", message)
    assert talk.vehicle.unreadable == 0
    said = {name: reading.value for name, reading in talk.vehicle.readings.items()}
    # An empty field of these is a word of its own.
    assert {said.pop(name, "") for name in ("v.c.state", "v.c.substate")} == {""}
    assert said.keys() <= {"v.b.soc"}


def test_what_says_nothing_is_no_sign_of_life(talk: Talk) -> None:
    """An empty line, what is unknown, and what the server says of itself."""
    talk("T0", "", "q", "a", "f3.0.001", "T0", "VC1-6", "ETtoken", "c30,1,No data")
    assert not talk.vehicle.heard_within(3600)


@pytest.mark.parametrize(
    ("message", "unreadable"),
    [
        ("Sfull,K,many,1e999,\x00,standard,far,1_000,nan,١,x,y", 9),
        ("Dx,256,-1,0x10,nan,inf,far,further", 7),
        ("Lnan,inf,--1,.5,2,1,fast,far,zz", 8),
        ("F,,loud,,,,soon,later", 3),
        (f"S{'9' * 40}", 1),
        (f"S{'9' * MAX_STATUS}", 1),
        (f"W{',' * MAX_STATUS}", 1),
    ],
)
def test_nonsense_is_counted_and_left_out(talk: Talk, message: str, unreadable: int) -> None:
    """Nothing is guessed."""
    talk("S,K", "T0", message)
    assert talk.vehicle.unreadable == unreadable
    assert set(talk.vehicle.readings) <= {"v.c.mode"}


def test_more_fields_than_known_ones(talk: Talk) -> None:
    """A newer firmware may append some."""
    talk(*BURST, "X1,1,230,5.0,1.1,,chademo,exporting,onrequest,standard,16.0,10,20" + ",1" * 500)
    assert (talk.vehicle.value("v.g.generating"), talk.vehicle.value("v.g.state")) == (True, "exporting")
    assert talk.vehicle.unreadable == 0


async def test_notifications(talk: Talk) -> None:
    """The protocol does not say what they are about; errors have a number and one name for all."""
    heard: list[Notification] = []
    talk.vehicle.subscribe_notifications(heard.append)
    talk("T0", "PICharging\rdone; more", "PAHood\x07 open", "PENL,123,456")
    await talk.vehicle.wait_until(lambda: len(heard) == 3, ["v.b.soc"], seconds=0.05)
    assert heard == [
        Notification(kind=NotificationKind.INFO, subtype="", text="Charging\ndone; more"),
        Notification(kind=NotificationKind.ALERT, subtype="", text="Hood open"),
        Notification(kind=NotificationKind.ERROR, subtype="code", text="NL,123,456"),
    ]


def test_a_module_that_hides_what_it_says_is_noticed(talk: Talk) -> None:
    """Until a connection that begins without it. What was stored before it hid anything is no sign that it stopped."""
    talk("Z1", "Y4,FL,FR,RL,RR", "ETtoken", "EMSabc", "W0,1,0,1,0,1,0,1,-1", "T5")
    seen = [talk.messages.paranoid]
    talk.messages.begin()
    assert [*seen, talk.messages.paranoid] == [True, False]
    assert talk.vehicle.readings == {}


def test_a_module_that_hides_nothing_any_more_is_noticed(talk: Talk) -> None:
    """By the first message that can be read, also if it is the same as the last one that could."""
    talk("Z1", "T5", "S50.0,K")
    for message, hides in (("ETtoken", True), ("S50.0,K", False), ("EMSabc", True), ("T0", True), ("a", True)):
        talk(message)
        assert talk.messages.paranoid is hides


def test_answers_are_handed_on(talk: Talk) -> None:
    """With the number of their command."""
    talk("T0", "c20,0", "c7,0,a,b", "c")
    assert talk.answers == [("20", "0"), ("7", "0,a,b"), ("", "")]
