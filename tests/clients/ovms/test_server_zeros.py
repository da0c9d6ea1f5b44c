"""A metric that was never read is sent as 0, so a 0 is believed only where it can be told to be one."""

from collections.abc import AsyncIterator

import pytest

from custom_components.open_ev.clients.ovms.server_messages import Messages
from custom_components.open_ev.clients.ovms.server_table import KNOWN_TYPES, ROWS, Zero
from custom_components.open_ev.clients.ovms.values import Value
from custom_components.open_ev.clients.ovms.vehicle import Vehicle
from custom_components.open_ev.clients.ovms.vehicle_types import VEHICLE_TYPES

LENGTHS = {"S": 42, "D": 21, "L": 19, "X": 24, "F": 10}


class Car:
    """What a car of some type says, field by field."""

    def __init__(self, type_code: str | None) -> None:
        self.vehicle = Vehicle(type_code=type_code)
        self.messages = Messages(self.vehicle, lambda *_: None, lambda: None)
        self.messages.take("T0")

    def say(self, code: str, **fields: str) -> None:
        """Send a message in which all is 0 but some fields, named by their index: `_5="12"`."""
        texts = ["0"] * LENGTHS[code]
        if code == "S":
            texts[1] = "K"
        for name, text in fields.items():
            texts[int(name[1:])] = text
        self.messages.take(code + ",".join(texts))

    def is_read(self) -> None:
        """Send what a module knows only after it has read the car: that no power flows."""
        self.say("L", _9="0.000")

    def starts(self) -> None:
        """Leave, and come back without any memory."""
        self.messages.take("Z0")
        self.messages.take("Z1")

    def value(self, name: str) -> Value | None:
        """What is known of a metric."""
        return self.vehicle.value(name)


@pytest.fixture
async def leaf() -> AsyncIterator[Car]:
    """A Nissan Leaf."""
    car = Car("NL")
    yield car
    car.vehicle.close()


@pytest.fixture
async def stranger() -> AsyncIterator[Car]:
    """A car of a type that the table does not know."""
    car = Car(None)
    yield car
    car.vehicle.close()


def test_each_metric_has_a_rule_with_a_reason() -> None:
    """The types in the table are types."""
    assert {row.zero for row in ROWS} == set(Zero)
    assert set(VEHICLE_TYPES) >= KNOWN_TYPES
    assert all(row.companion is not None for row in ROWS if row.zero in {Zero.WITH, Zero.BESIDE})


def test_what_no_car_has_none_of_is_not_believed(leaf: Car) -> None:
    """Not at first and not ever."""
    leaf.say("S")
    leaf.say("D", _7="432107", _14="12.7", _16="12.6")
    for _ in range(3):
        leaf.say("D")
        leaf.say("S")
    assert (leaf.value("v.p.odometer"), leaf.value("v.b.12v.voltage")) == (43210.7, 12.7)
    assert leaf.value("v.b.soh") is leaf.value("v.b.cac") is leaf.value("v.b.voltage") is None


def test_what_a_type_does_not_write_is_not_known(leaf: Car) -> None:
    """A Leaf tells nothing of its alarm; that its hood is closed would be made up."""
    leaf.is_read()
    leaf.say("D")
    leaf.say("S")
    assert leaf.value("v.e.alarm") is leaf.value("v.d.hood") is leaf.value("v.b.12v.current") is None
    # What it does write, and what the module writes for every car.
    assert (leaf.value("v.d.fl"), leaf.value("v.e.valet"), leaf.value("v.c.current")) == (False, False, 0.0)
    assert leaf.value("v.c.time") == 0


def test_what_was_something_else_can_be_nothing(leaf: Car) -> None:
    """The table is of one firmware; a newer one may write more."""
    leaf.say("D", _1="64")
    leaf.say("D")
    assert leaf.value("v.d.hood") is False


def test_a_car_of_an_unknown_type_is_taken_at_its_word(stranger: Car) -> None:
    """There is nothing to know better by, but whether it was read."""
    stranger.say("D")
    assert stranger.value("v.d.hood") is None
    stranger.is_read()
    stranger.say("S", _4="stopped", _5="standard")
    assert (stranger.value("v.d.hood"), stranger.value("v.c.power")) == (False, 0.0)
    assert (stranger.value("v.c.state"), stranger.value("v.c.mode")) == ("stopped", "standard")


async def test_the_texts_of_what_is_unset(leaf: Car) -> None:
    """A Leaf tells how it charges, a Cadillac does not: that it has stopped would be made up."""
    cadillac = Car("C2CTS")
    for car in (leaf, cadillac):
        car.is_read()
        car.say("S", _4="stopped", _5="standard")
    assert (leaf.value("v.c.state"), leaf.value("v.c.mode")) == ("stopped", "standard")
    assert (cadillac.value("v.c.state"), cadillac.value("v.c.mode")) == (None, None)
    cadillac.vehicle.close()


def test_a_temperature_of_zero_counts_after_another(leaf: Car) -> None:
    """On a cold day it passes through 0; before the car was read it is 0 as well."""
    leaf.say("D")
    assert leaf.value("v.b.temp") is None
    leaf.say("D", _5="1")
    leaf.say("D", _5="0")
    assert leaf.value("v.b.temp") == 0
    leaf.say("D", _5="-1")
    assert leaf.value("v.b.temp") == -1


def test_a_module_that_comes_back_may_know_nothing(leaf: Car) -> None:
    """Then the last value is kept, until the car says another."""
    leaf.say("D", _5="17")
    leaf.starts()
    leaf.say("D")
    assert leaf.value("v.b.temp") == 17


def test_what_is_said_again_after_a_restart_counts_again(leaf: Car) -> None:
    """Also where it is, word for word, what was said before."""
    leaf.say("D", _5="17")
    leaf.starts()
    leaf.say("D", _5="17")
    leaf.say("D", _5="0")
    assert leaf.value("v.b.temp") == 0


def test_no_car_unlocks_itself(leaf: Car) -> None:
    """A module that starts anew beside a car that sleeps would say that; the car itself says it when it wakes."""
    leaf.is_read()
    leaf.say("D", _0="65", _1="8", _7="432107")
    leaf.starts()
    leaf.say("L")
    leaf.say("D", _12="1", _13="1", _14="12.7")
    leaf.say("S", _4="stopped", _5="standard")
    assert (leaf.value("v.e.locked"), leaf.value("v.e.handbrake"), leaf.value("v.d.fl")) == (True, True, True)
    leaf.say("D", _0="128", _5="17", _7="432107", _14="12.7")
    leaf.is_read()
    assert (leaf.value("v.e.locked"), leaf.value("v.e.handbrake"), leaf.value("v.d.fl")) == (False, False, False)


def test_what_was_stored_proves_nothing_of_a_module_that_comes_later(leaf: Car) -> None:
    """It was away when the client came, and starts anew now."""
    leaf.messages.begin()
    leaf.messages.take("Z0")
    leaf.is_read()
    leaf.say("D", _1="8", _5="17")
    leaf.messages.take("T600")
    leaf.messages.take("Z1")
    leaf.say("D", _14="12.7")
    assert leaf.value("v.e.locked") is True


def test_a_connection_that_takes_over_knows_what_the_one_before_knew(leaf: Car) -> None:
    """The module was not away in between."""
    leaf.is_read()
    leaf.say("D", _5="1")
    leaf.messages.begin(again=True)
    leaf.messages.take("Z1")
    leaf.messages.take("T5")
    leaf.say("D", _5="0")
    assert leaf.value("v.b.temp") == 0


def test_a_memory_that_was_kept_is_of_some_things_only(leaf: Car) -> None:
    """A module that kept how far the car went has kept, too, whether it is locked, but not how its doors are."""
    leaf.say("D", _7="432107", _14="12.7")
    assert (leaf.value("v.e.locked"), leaf.value("v.e.on"), leaf.value("v.d.fl")) == (False, False, None)
    leaf.is_read()
    assert leaf.value("v.d.fl") is False


def test_settings_are_no_sign_of_the_car(leaf: Car) -> None:
    """A module takes them from its own configuration."""
    leaf.say("S", _8="16", _18="66.00", _22="80", _33="100.00", _40="40.0", _5="range")
    leaf.say("D")
    assert leaf.value("v.e.locked") is None


def test_what_was_stored_counts_after_another_connection_too(leaf: Car) -> None:
    """The doors were unlocked while nobody was connected; all else is as it was."""
    leaf.is_read()
    leaf.say("D", _1="8", _5="17")
    leaf.messages.begin()
    leaf.messages.take("Z0")
    leaf.is_read()
    leaf.say("D", _1="0", _5="17")
    leaf.messages.take("T60")
    assert leaf.value("v.e.locked") is False


def test_outside_it_is_not_freezing_because_the_module_just_started(leaf: Car) -> None:
    """In its first two minutes nothing is stale, also what was never read (firmware 3.3.006)."""
    leaf.say("D", _12="1", _13="1")
    assert leaf.value("v.e.temp") is None
    leaf.say("D", _10="0.5", _12="1", _13="1")
    leaf.say("D", _12="1", _13="1")
    assert leaf.value("v.e.temp") == 0


def test_there_is_no_place_without_decimals(leaf: Car) -> None:
    """On the equator a receiver says 0.000000."""
    leaf.say("L")
    assert leaf.value("v.p.latitude") is leaf.value("v.p.altitude") is leaf.value("v.p.satcount") is None
    leaf.say("L", _0="0.000000", _1="4.899431")
    assert (leaf.value("v.p.latitude"), leaf.value("v.p.altitude"), leaf.value("v.p.direction")) == (0, 0, 0)
    assert leaf.value("v.p.gpshdop") is None


def test_power_that_is_known_has_decimals(leaf: Car) -> None:
    """Nothing flows, or nothing is known."""
    leaf.say("L")
    assert leaf.value("v.b.power") is None
    leaf.say("L", _9="0.000")
    assert leaf.value("v.b.power") == 0


async def test_a_timer_at_midnight() -> None:
    """It is one once the timer is on."""
    roadster = Car("TR")
    roadster.say("S")
    assert roadster.value("v.c.timerstart") is None
    roadster.say("S", _15="1")
    assert str(roadster.value("v.c.timerstart")) == "00:00:00+00:00"
    roadster.vehicle.close()


def test_an_empty_battery_is_believed_when_it_is_said_twice(leaf: Car) -> None:
    """As over MQTT; the second time the message is the same."""
    leaf.say("S", _0="3.5", _6="12", _7="10")
    for expected in (3.5, 0.0, 0.0):
        leaf.say("S", _0="0.0")
        assert leaf.value("v.b.soc") == expected
    assert leaf.value("v.b.range.est") == 0


def test_an_unset_state_of_charge_is_never_believed(leaf: Car) -> None:
    """It has no decimals."""
    leaf.say("S", _0="53.5")
    for _ in range(3):
        leaf.say("S")
    assert leaf.value("v.b.soc") == 53.5


def test_no_signal_is_no_news(leaf: Car) -> None:
    """Out of coverage nothing could be sent."""
    leaf.say("F", _6="-1", _7="-1")
    assert leaf.value("m.net.sq") is None
    leaf.say("F", _2="17", _6="-1", _7="-1")
    assert leaf.value("m.net.sq") == -79
    assert leaf.value("v.e.serv.range") is leaf.value("v.e.serv.time") is None


def test_what_a_charge_waits_for_passes(leaf: Car) -> None:
    """The protocol has numbers for seven reasons only."""
    leaf.say("S", _12="5")
    assert leaf.value("v.c.substate") == "timerwait"
    leaf.say("S", _12="0")
    assert leaf.value("v.c.substate") == ""
    leaf.say("S", _12="99")
    assert leaf.value("v.c.substate") == ""


def test_what_no_charge_waits_for_is_known_with_the_charge_s_state(leaf: Car) -> None:
    """A module writes both; a state that was never written is sent as that of a car at rest."""
    leaf.say("S", _4="stopped", _12="0")
    assert leaf.value("v.c.substate") is leaf.value("v.c.state") is None
    leaf.say("S", _4="done", _12="0")
    assert (leaf.value("v.c.state"), leaf.value("v.c.substate")) == ("done", "")


async def test_nothing_is_known_of_what_a_type_does_not_write() -> None:
    """A Fiat 500e's module tells the state of a charge, and not what it waits for."""
    car = Car("FT5E")
    car.say("S", _4="charging", _12="0")
    assert (car.value("v.c.state"), car.value("v.c.substate")) == ("charging", None)
    car.vehicle.close()


def test_an_empty_text_was_written_where_the_firmware_has_a_word_for_none(leaf: Car) -> None:
    """Some modules empty the state of a charge when the car is switched on, and what it waits for with it."""
    leaf.say("S", _4="", _5="", _12="0")
    assert (leaf.value("v.c.state"), leaf.value("v.c.mode"), leaf.value("v.c.substate")) == ("", "", "")


def test_a_text_can_become_empty(leaf: Car) -> None:
    """Only one that was something else, where an empty one is what the firmware says for none."""
    leaf.say("F", _1="", _5="Example Mobile")
    leaf.say("F", _1="", _5="")
    assert (leaf.value("v.vin"), leaf.value("m.net.provider")) == (None, "")
