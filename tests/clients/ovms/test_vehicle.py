"""What a vehicle makes of the texts that a link brings, and of those that mean less than they say."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from custom_components.open_ev.clients.ovms.heard import STORED_WORD_HOLDS
from custom_components.open_ev.clients.ovms.vehicle import Aspect, Reading, Vehicle

from .clock import NOON, Clock

EARLIER = NOON - timedelta(hours=3)


def stamp(moment: datetime) -> str:
    """A moment as the module prints it."""
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"


async def turn() -> None:
    """Let the loop call what is due."""
    await asyncio.sleep(0)


# Readings


async def test_nothing_is_known_at_first(vehicle: Vehicle) -> None:
    """What was never read is None, in every shape it can be asked for."""
    for name in ("v.b.soc", "v.e.locked", "v.type", "no.such.metric"):
        assert vehicle.reading(name) is None
        assert vehicle.value(name) is None
        assert vehicle.number(name) is None
        assert vehicle.flag(name) is None
        assert vehicle.text(name) is None
        assert vehicle.read_at(name) is None
    assert vehicle.readings == {}
    assert vehicle.online is None
    assert vehicle.last_heard is None
    assert vehicle.position is None
    assert vehicle.firmware is None
    assert not vehicle.link_connected
    assert not vehicle.heard_within(1e9)
    assert not vehicle.knows(["v.b.soc", Aspect.CONNECTION, Aspect.HEARD, Aspect.POSITION])


async def test_a_reading_has_the_time_it_was_read(vehicle: Vehicle, clock: Clock) -> None:
    """Every reading has its own."""
    vehicle.update("v.b.soc", "80.5")
    clock.forward(minutes=5)
    vehicle.update("v.e.locked", "yes")
    vehicle.update("v.b.soc", "80.5")
    assert vehicle.readings == {
        "v.b.soc": Reading(80.5, NOON + timedelta(minutes=5)),
        "v.e.locked": Reading(value=True, at=NOON + timedelta(minutes=5)),
    }
    assert vehicle.read_at("v.b.soc") == NOON + timedelta(minutes=5)
    assert vehicle.knows(["v.type", "v.b.soc"])


async def test_a_value_has_one_shape(vehicle: Vehicle) -> None:
    """A flag is no number, a number no text, and an empty text is none."""
    vehicle.update("v.b.soc", "80")
    vehicle.update("v.e.locked", "yes")
    vehicle.update("v.c.state", "charging")
    vehicle.update("v.c.mode", "")
    assert (vehicle.number("v.b.soc"), vehicle.flag("v.b.soc"), vehicle.text("v.b.soc")) == (80.0, None, None)
    assert (vehicle.number("v.e.locked"), vehicle.flag("v.e.locked"), vehicle.text("v.e.locked")) == (None, True, None)
    assert (vehicle.number("v.c.state"), vehicle.text("v.c.state")) == (None, "charging")
    assert (vehicle.value("v.c.mode"), vehicle.text("v.c.mode")) == ("", None)


async def test_only_chosen_metrics_of_the_type_are_taken(vehicle: Vehicle) -> None:
    """Metrics of other types, unknown ones and those that nobody chose cost a count and no memory."""
    before = vehicle.metrics.keys()
    assert "xnl.v.b.e.capacity" in before
    vehicle.update("xnl.v.b.e.capacity", "24.1")
    for number in range(5_000):
        vehicle.update(f"xnl.odd.{number}", "1")
    vehicle.update("xvu.b.soc.abs", "50")
    vehicle.update("xnl.v.b.e.available", "12")
    assert vehicle.metrics.keys() == before
    assert vehicle.readings.keys() == {"xnl.v.b.e.capacity"}
    assert vehicle.unknown_metrics == 5_002
    assert "xnl.v.b.e.capacity" not in Vehicle().metrics


# Stored values


@pytest.mark.parametrize("order", [("v.b.soc", "m.time.utc"), ("m.time.utc", "v.b.soc")])
async def test_stored_values_are_dated_by_the_stored_clock(vehicle: Vehicle, order: tuple[str, str]) -> None:
    """Whichever of them comes first."""
    texts = {"v.b.soc": "80", "m.time.utc": stamp(EARLIER)}
    for name in order:
        vehicle.update(name, texts[name], stored=True)
    assert vehicle.reading("v.b.soc") == Reading(80.0, None)
    assert vehicle.read_at("v.b.soc") == EARLIER
    assert vehicle.last_heard == EARLIER
    assert not vehicle.heard_within(1e9)


@pytest.mark.parametrize(
    "text", ["2017-12-31 23:59:59 UTC", "1970-01-01 00:00:05 UTC", "1970-01-01 00:00:00 UTC", "5", "0", "", "soon"]
)
async def test_a_clock_that_was_never_set_dates_nothing(vehicle: Vehicle, text: str) -> None:
    """A module without network begins at 1970, and unreadable is not now."""
    vehicle.update("v.b.soc", "80", stored=True)
    vehicle.update("m.time.utc", text, stored=True)
    assert vehicle.read_at("v.b.soc") is None
    assert vehicle.last_heard is None


async def test_a_stored_clock_is_not_in_the_future(vehicle: Vehicle) -> None:
    """A module with a wrong clock heard nothing tomorrow."""
    vehicle.update("v.b.soc", "80", stored=True)
    vehicle.update("m.time.utc", stamp(NOON + timedelta(days=1)), stored=True)
    assert vehicle.read_at("v.b.soc") == NOON


async def test_a_live_clock_dates_nothing_that_was_stored(vehicle: Vehicle, clock: Clock) -> None:
    """The module is there, and still that value is from before."""
    vehicle.update("v.b.soc", "80", stored=True)
    vehicle.update("m.time.utc", stamp(NOON))
    assert vehicle.read_at("v.b.soc") is None
    vehicle.update("m.time.utc", stamp(EARLIER), stored=True)
    clock.forward(hours=1)
    vehicle.update("m.time.utc", stamp(clock.now))
    assert vehicle.read_at("v.b.soc") == EARLIER
    assert vehicle.last_heard == clock.now


async def test_the_stored_clock_is_the_last_sign_of_life(vehicle: Vehicle) -> None:
    """Listeners are told of it, until the module itself is heard."""
    told: list[datetime | None] = []
    vehicle.subscribe([Aspect.HEARD], lambda: told.append(vehicle.last_heard))
    vehicle.update("m.time.utc", stamp(EARLIER), stored=True)
    await turn()
    vehicle.update("v.b.soc", "80")
    await turn()
    vehicle.update("m.time.utc", stamp(EARLIER), stored=True)
    await turn()
    assert told == [EARLIER, NOON]
    assert vehicle.last_heard == NOON


async def test_a_stored_word_is_believed_no_longer_than_it_holds(vehicle: Vehicle, clock: Clock) -> None:
    """A broker that broke down said it, and nothing may ever come that says otherwise."""
    doubted = asyncio.Event()
    vehicle.report_stored(STORED_WORD_HOLDS - timedelta(milliseconds=50))
    vehicle.report_online(online=True, stored=True)
    await turn()
    vehicle.subscribe([Aspect.CONNECTION], doubted.set)
    clock.forward(minutes=1)
    async with asyncio.timeout(5):
        await doubted.wait()
    assert vehicle.online is None


async def test_what_was_stored_while_nobody_listened_is_a_later_sign_of_life(vehicle: Vehicle, clock: Clock) -> None:
    """A link that was away for hours must not make a car look silent that spoke all the while."""
    vehicle.report_heard()
    await turn()
    told: list[datetime | None] = []
    vehicle.subscribe([Aspect.HEARD], lambda: told.append(vehicle.last_heard))
    clock.forward(hours=3)
    vehicle.update("m.time.utc", stamp(NOON + timedelta(hours=2)), stored=True)
    await turn()
    assert told == [NOON + timedelta(hours=2)]
    assert not vehicle.heard_within(timedelta(hours=2).total_seconds())


# Cleared and unreadable


async def test_a_cleared_metric_is_not_known_any_more(vehicle: Vehicle) -> None:
    """Firmware up to 3.3.005 publishes an empty text for it."""
    told: list[float | None] = []
    vehicle.subscribe(["v.b.soc"], lambda: told.append(vehicle.number("v.b.soc")))
    for text in ("80", "", "", "81"):
        vehicle.update("v.b.soc", text)
        await turn()
    assert told == [80.0, None, 81.0]
    assert vehicle.unreadable == 0


@pytest.mark.parametrize("text", ["nan", "inf", "", "80 %", "<html>", "1_000", "8" * 1_000, "eighty", "\x00", "80\n"])
async def test_unreadable_texts_keep_the_last_good_value(vehicle: Vehicle, text: str, clock: Clock) -> None:
    """They are counted, and the reading keeps its time."""
    vehicle.update("v.p.odometer", "12345.6")
    clock.forward(minutes=1)
    vehicle.update("v.p.odometer", text)
    if text:
        assert vehicle.reading("v.p.odometer") == Reading(12345.6, NOON)
        assert vehicle.unreadable == 1
    assert vehicle.last_heard == clock.now


@pytest.mark.parametrize(
    "text", ["0", "1", "No", "NO", "no ", " no", "false", "off", "no\n", "nо", "unlocked", "\x00", "y", "None"]
)
async def test_an_unreadable_lock_is_never_unlocked(vehicle: Vehicle, text: str) -> None:
    """Nothing but the firmware's own word opens it; one of these has a Cyrillic letter."""
    vehicle.update("v.e.locked", text)
    assert vehicle.flag("v.e.locked") is None
    vehicle.update("v.e.locked", "yes")
    vehicle.update("v.e.locked", text)
    assert vehicle.flag("v.e.locked") is True
    assert vehicle.unreadable == 2
    vehicle.update("v.e.locked", "no")
    assert vehicle.flag("v.e.locked") is False


# Zeros


@pytest.mark.parametrize(
    ("texts", "known"),
    [
        ("0", None),
        ("0 0", 0),
        ("0 0 0", 0),
        ("(0)", None),
        ("(0) (0)", None),
        ("(0) (0) (0)", None),
        ("(0) 0", 0),
        ("(0) (0) 0", 0),
        ("0 (0)", None),
        ("0 (0) 0", 0),
        ("80 0", 80),
        ("80 0 0", 0),
        ("80 0 80 0", 80),
        ("80 0 79 0", 79),
        ("80 0 79 0 0", 0),
        ("80 (0)", 80),
        ("80 (0) (0)", 80),
        ("80 (0) 0", 0),
        ("(80) 0", 80),
        ("(80) 0 0", 0),
        ("(80) (0)", 80),
        ("80 0 (80) 0", 80),
        ("80 0 nan 0", 0),
        ("80 0 - 0", None),
        ("80 -", None),
        ("0 0 (0)", 0),
        ("0 0 80 0", 80),
        ("80 0.0 0", 0),
        ("80 -0 0e+00", 0),
        ("0.5", 0.5),
    ],
)
async def test_a_zero_is_believed_when_a_second_reading_agrees(
    vehicle: Vehicle, texts: str, known: float | None
) -> None:
    """Texts in brackets were stored; `-` clears the metric. A stored value that comes again is no second reading."""
    for text in texts.split():
        stored = text.startswith("(")
        vehicle.update("v.b.soc", "" if text == "-" else text.strip("()"), stored=stored)
    assert vehicle.number("v.b.soc") == known


async def test_a_doubted_zero_is_a_sign_of_life_and_no_news(vehicle: Vehicle) -> None:
    """The car is there; its battery is not thought empty."""
    told: list[float | None] = []
    vehicle.update("v.b.soc", "80", stored=True)
    await turn()
    vehicle.subscribe(["v.b.soc"], lambda: told.append(vehicle.number("v.b.soc")))
    vehicle.update("v.b.soc", "0")
    await turn()
    assert told == []
    assert vehicle.last_heard == NOON
    vehicle.update("v.b.soc", "0")
    await turn()
    assert told == [0.0]


@pytest.mark.parametrize(
    ("name", "text"), [("v.p.speed", "0"), ("v.c.power", "0"), ("v.e.locked", "no"), ("v.e.throttle", "0")]
)
async def test_other_zeros_are_believed_at_once(vehicle: Vehicle, name: str, text: str) -> None:
    """A car that stands still says so once."""
    vehicle.update(name, text)
    assert vehicle.value(name) == 0


# The module


async def test_heard_is_told_now_and_then(vehicle: Vehicle, clock: Clock) -> None:
    """A state that says "a moment ago" is not worth more; what is asked for is exact."""
    told: list[datetime | None] = []
    vehicle.subscribe([Aspect.HEARD], lambda: told.append(vehicle.last_heard))
    for _ in range(25):
        vehicle.report_heard()
        await turn()
        assert vehicle.last_heard == clock.now
        clock.forward(seconds=25)
    assert told == [NOON, NOON + timedelta(minutes=5), NOON + timedelta(minutes=10)]
    assert vehicle.knows([Aspect.HEARD])


async def test_heard_within(vehicle: Vehicle, clock: Clock) -> None:
    """A stored value is no sign of life, and a clock that was set back proves nothing."""
    vehicle.update("v.b.soc", "80", stored=True)
    assert not vehicle.heard_within(60)
    vehicle.update("v.b.soc", "81")
    clock.forward(seconds=60)
    assert vehicle.heard_within(60)
    clock.forward(seconds=1)
    assert not vehicle.heard_within(60)
    clock.forward(hours=-1)
    assert not vehicle.heard_within(60)


async def test_a_module_that_speaks_is_there(vehicle: Vehicle) -> None:
    """Whatever its will at the broker said; each change is told once."""
    told: list[bool | None] = []
    vehicle.subscribe([Aspect.CONNECTION], lambda: told.append(vehicle.online))
    vehicle.report_online(online=True)
    await turn()
    vehicle.report_online(online=True)
    await turn()
    vehicle.report_online(online=False)
    await turn()
    vehicle.update("v.b.soc", "80", stored=True)
    await turn()
    vehicle.update("v.b.soc", "80")
    await turn()
    vehicle.report_online(online=None)
    await turn()
    assert told == [True, False, True, None]
    vehicle.report_link()
    await turn()
    assert len(told) == 5


@pytest.mark.parametrize(
    ("text", "firmware"),
    [
        (
            "3.3.006-259-g1aa1daff1/ota_1/edge (build idf v3.3.4-854-g9063c8662c Aug 22 2026 10:11:12, product v3.3)",
            (3, 3, 6),
        ),
        ("3.3.006/ota_0/main", (3, 3, 6)),
        ("3.2.016/factory/main (build idf v3.3.4)", (3, 2, 16)),
        ("4.0.0", (4, 0, 0)),
        ("3.3", None),
        ("v3.3.006", None),
        ("", None),
        ("unknown", None),
    ],
)
async def test_firmware(vehicle: Vehicle, text: str, firmware: tuple[int, int, int] | None) -> None:
    """The leading version of what `git describe` made of it."""
    vehicle.update("m.version", text)
    assert vehicle.firmware == firmware


async def test_type(vehicle: Vehicle) -> None:
    """What the module says counts more than what was known before."""
    assert vehicle.type.code == "NL"
    vehicle.update("v.type", "VWUP")
    assert vehicle.type.name == "VW e-Up"
    vehicle.update("v.type", "NEWCAR")
    assert vehicle.type.code == "NEWCAR"
    vehicle.update("v.type", "")
    assert vehicle.type.code == "NL"
    assert Vehicle().type.code == ""


async def test_times_are_in_the_zone_of_the_vehicle() -> None:
    """The zone decides what an abbreviation means, and everything is UTC afterwards."""
    vehicle = Vehicle()
    vehicle.update("v.p.gpstime", "2026-06-01 14:00:00 CEST")
    assert vehicle.value("v.p.gpstime") == datetime(2026, 6, 1, 12, tzinfo=UTC)


async def test_the_clock_is_the_real_one_by_default() -> None:
    """In UTC."""
    vehicle = Vehicle()
    before = datetime.now(UTC)
    vehicle.update("v.b.soc", "80")
    read_at = vehicle.read_at("v.b.soc")
    assert read_at is not None
    assert before <= read_at <= datetime.now(UTC)
