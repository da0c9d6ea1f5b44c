"""What a module publishes is read as it was meant, and nothing else is read as anything."""

from datetime import UTC, datetime, time, timedelta
import math
import time as clock
from zoneinfo import ZoneInfo, available_timezones

import pytest

from custom_components.open_ev.clients.ovms.values import MAX_ELEMENTS, MAX_TEXT, Kind, UnreadableValue, Value, parse

AMSTERDAM = ZoneInfo("Europe/Amsterdam")

READABLE: list[tuple[Kind, str, Value | None]] = [
    (Kind.BOOL, "yes", True),
    (Kind.BOOL, "no", False),
    (Kind.BOOL, "", None),
    (Kind.INT, "0", 0),
    (Kind.INT, "-0", 0),
    (Kind.INT, "-101", -101),
    (Kind.INT, "33882626", 33_882_626),
    (Kind.INT, "1.23457e+06", 1_234_570),
    (Kind.INT, "80.000000", 80),
    (Kind.INT, "9223372036854775807", 2**63 - 1),
    (Kind.INT, "-9223372036854775808", -(2**63)),
    (Kind.INT, "", None),
    (Kind.FLOAT, "0", 0.0),
    (Kind.FLOAT, "96.3", 96.3),
    (Kind.FLOAT, "-28.2", -28.2),
    (Kind.FLOAT, "123457", 123_457.0),
    (Kind.FLOAT, "1.23457e+06", 1_234_570.0),
    (Kind.FLOAT, "1e-05", 0.00001),
    (Kind.FLOAT, "3.40282e+38", 3.40282e38),
    (Kind.FLOAT, "52.379189", 52.379189),
    (Kind.FLOAT, "", None),
    (Kind.TEXT, "", ""),
    (Kind.TEXT, "charging", "charging"),
    (Kind.TEXT, "Bench Télécom 🚗", "Bench Télécom 🚗"),
    (Kind.TEXT, " padded ", " padded "),
    (Kind.TEXT, "<script>alert('1')</script>", "<script>alert('1')</script>"),
    (Kind.TEXT, "nan", "nan"),
    (Kind.TEXT, "x" * MAX_TEXT, "x" * MAX_TEXT),
    (Kind.FLOATS, "206.8,216.4,0,-1.5", (206.8, 216.4, 0.0, -1.5)),
    (Kind.FLOATS, "4.105", (4.105,)),
    (Kind.FLOATS, "", None),
    (Kind.INTS, "0,0,-1,2", (0, 0, -1, 2)),
    (Kind.INTS, "", None),
    (Kind.BITS, "0,1,9", (0, 1, 9)),
    (Kind.BITS, "95", (95,)),
    (Kind.BITS, "", ()),
    (Kind.UTC, "2023-12-03 02:14:31 UTC", datetime(2023, 12, 3, 2, 14, 31, tzinfo=UTC)),
    (Kind.UTC, "1701569671", datetime(2023, 12, 3, 2, 14, 31, tzinfo=UTC)),
    (Kind.UTC, "1970-01-01 00:00:00 UTC", None),
    (Kind.UTC, "1970-01-01 00:00:01 UTC", datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)),
    (Kind.UTC, "0", None),
    (Kind.UTC, "-1", None),
    (Kind.UTC, "-99999999999999999999", None),
    (Kind.UTC, "7258118399", datetime(2199, 12, 31, 23, 59, 59, tzinfo=UTC)),
    (Kind.UTC, "", None),
    (Kind.LOCAL, "2024-11-11 18:19:21 CET", datetime(2024, 11, 11, 17, 19, 21, tzinfo=UTC)),
    (Kind.LOCAL, "2023-12-03 10:16:05 AWST", datetime(2023, 12, 3, 2, 16, 5, tzinfo=UTC)),
    (Kind.LOCAL, "2024-07-01 09:30:00 +0530", datetime(2024, 7, 1, 4, 0, 0, tzinfo=UTC)),
    (Kind.LOCAL, "2024-07-01 09:30:00 +03", datetime(2024, 7, 1, 6, 30, 0, tzinfo=UTC)),
    (Kind.LOCAL, "2024-07-01 09:30:00 -0930", datetime(2024, 7, 1, 19, 0, 0, tzinfo=UTC)),
    (Kind.LOCAL, "2024-07-01 09:30:00 GMT", datetime(2024, 7, 1, 9, 30, 0, tzinfo=UTC)),
    (Kind.LOCAL, "1970-01-01 01:00:00 CET", None),
    (Kind.LOCAL, "1969-12-31 20:00:00 EDT", None),
    (Kind.LOCAL, "1701569671", datetime(2023, 12, 3, 2, 14, 31, tzinfo=UTC)),
    (Kind.LOCAL, "0", None),
    (Kind.LOCAL, "", None),
    (Kind.TIME_OF_DAY, "23:59:59", time(23, 59, 59, tzinfo=UTC)),
    (Kind.TIME_OF_DAY, "00:00:00", time(0, 0, 0, tzinfo=UTC)),
    (Kind.TIME_OF_DAY, "0", time(0, 0, 0, tzinfo=UTC)),
    (Kind.TIME_OF_DAY, "86399", time(23, 59, 59, tzinfo=UTC)),
    (Kind.TIME_OF_DAY, "27000", time(7, 30, 0, tzinfo=UTC)),
    (Kind.TIME_OF_DAY, "", None),
]

# Nothing but a text may look like any of these.
FOREIGN = [
    " ",
    "\n",
    "\x00",
    "\x00\x01\xff\ufffd",
    "yes ",
    " yes",
    "yes\n",
    "Yes",
    "YES",
    "true",
    "false",
    "on",
    "off",
    "ja",
    "yesno",
    "nan",
    "-nan",
    "NaN",
    "inf",
    "-inf",
    "Infinity",
    "None",
    "null",
    "1_000",
    " 1",
    "1 ",
    "1\n",
    "+1",
    "--1",
    "0x10",
    "007",
    "1,5,",
    ",1",
    "1,,2",
    "1, 2",
    "[1,2]",
    "1;2",
    ",",
    "1.",
    ".5",
    "1.2.3",
    "1e5",
    "1e+5",
    "1e+0005",
    "1E+05",
    "e+05",
    "1e+999",
    "1e999",
    "12V",
    "96.3%",
    "٣",
    "１２",
    "๔",
    "²",
    "−1",
    "½",
    "<html><body>404</body></html>",
    "2024-11-11",
    "2024-11-11T18:19:21Z",
    "2024-11-11 18:19:21",
    "2024-11-11 18:19:21 ",
    "2024-11-11 18:19:21 UTC\n",
    "2024-02-30 18:19:21 UTC",
    "2024-13-01 18:19:21 UTC",
    "2024-11-11 24:00:00 UTC",
    "2024-11-11 23:59:60 UTC",
    "0001-01-01 00:00:00 UTC",
    "9999-12-31 23:59:59 UTC",
    "२०२४-11-11 18:19:21 UTC",
    "7258118400",
    "99999999999999999999999999999",
    "24:00:00",
    "12:60:00",
    "12:00:60",
    "7:30:00",
    "12:00",
    "-1:00:00",
    "12:00:00 UTC",
    "x" * 33,
    "9" * 33,
    "1" * 65_536,
    "," * 65_536,
    "1," * 32_768,
    "1e+99," * 10_000,
    "yes" * 20_000,
]


@pytest.mark.parametrize(("kind", "text", "value"), READABLE)
def test_a_published_text_is_read(kind: Kind, text: str, value: Value | None) -> None:
    """The encodings of today's firmware and of the ones before it."""
    assert parse(kind, text) == value
    assert type(parse(kind, text)) is type(value)


def test_every_kind_is_read() -> None:
    """The table above leaves no kind out."""
    assert {kind for kind, _, _ in READABLE} == set(Kind)


# What of the foreign texts is rightly read by one kind or another.
FAMILIAR: dict[Kind, set[str]] = {
    Kind.INT: {"7258118400"},
    Kind.FLOAT: {"7258118400", "99999999999999999999999999999"},
    Kind.FLOATS: {"7258118400", "99999999999999999999999999999"},
    Kind.INTS: {"7258118400"},
}


# All that a fault may say, so that nothing of what was published gets into a log by way of it.
FAULTS = {
    "element too long",
    "neither yes nor no",
    "not a date and time",
    "not a number",
    "not a time of day",
    "not a whole number",
    "not finite",
    "not the number of a bit",
    "out of range",
    "too long",
}


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind is not Kind.TEXT])
def test_foreign_texts_are_unreadable(kind: Kind) -> None:
    """No kind guesses, and the fault never repeats what was published."""
    familiar = FAMILIAR.get(kind, set())
    assert all(parse(kind, text) is not None for text in familiar)
    for text in FOREIGN:
        if text not in familiar:
            with pytest.raises(UnreadableValue) as caught:
                parse(kind, text, zone=AMSTERDAM)
            assert caught.value.kind is kind
            assert str(caught.value).removeprefix(f"{kind}: ") in FAULTS


@pytest.mark.parametrize(
    "text",
    [
        "two\nlines",
        "carriage\rreturn",
        "\x00",
        "tab\t",
        "\x1b[31mred",
        "\x7f",
        "\x85",
        "\u2028",
        "\u2029",
        "\ud800",
        "x" * (MAX_TEXT + 1),
        "é" * 65_536,
    ],
)
def test_a_text_with_controls_or_without_end_is_unreadable(text: str) -> None:
    """A text ends in a state, a log line and a notification."""
    with pytest.raises(UnreadableValue) as caught:
        parse(Kind.TEXT, text)
    assert caught.value.kind is Kind.TEXT
    assert text not in str(caught.value)


def test_a_text_fits_into_a_state() -> None:
    """Home Assistant refuses a state of more than 255 characters."""
    assert MAX_TEXT == 255


def test_an_unreadable_value_is_a_value_error() -> None:
    """A caller that knows nothing of kinds can still tell."""
    with pytest.raises(ValueError, match=r"^bool: neither yes nor no$"):
        parse(Kind.BOOL, "perhaps")


@pytest.mark.parametrize("text", ["-0", "-0.0", "-0.000000", "-0e+00"])
def test_zero_has_no_sign(text: str) -> None:
    """A small negative that was rounded away does not show as a negative zero."""
    value = parse(Kind.FLOAT, text)
    assert value == 0.0
    assert isinstance(value, float)
    assert math.copysign(1.0, value) == 1.0


@pytest.mark.parametrize(
    "text", ["12.5", "1e-05", "1.23456e+02", "9223372036854775808", "1e+30", "-9223372036854775809"]
)
def test_an_integer_is_whole_and_in_range(text: str) -> None:
    """A fraction is not cut off, and nothing is wider than the firmware's widest integer."""
    with pytest.raises(UnreadableValue):
        parse(Kind.INT, text)


@pytest.mark.parametrize(("kind", "text"), [(Kind.FLOATS, "1,nan,3"), (Kind.FLOATS, "inf"), (Kind.INTS, "1,2.5")])
def test_one_unreadable_element_spoils_a_list(kind: Kind, text: str) -> None:
    """An element left out would give all that follow another place."""
    with pytest.raises(UnreadableValue):
        parse(kind, text)


def test_a_long_element_spoils_a_list() -> None:
    """Each element is bounded, so that a list is not a way around the bound of a number."""
    with pytest.raises(UnreadableValue, match="element too long"):
        parse(Kind.FLOATS, "1," + "2" * 33)


@pytest.mark.parametrize("text", ["-1", "1000", "01", "1.0"])
def test_a_bit_has_a_plain_number(text: str) -> None:
    """Bits are counted from zero."""
    with pytest.raises(UnreadableValue, match="not the number of a bit"):
        parse(Kind.BITS, text)


@pytest.mark.parametrize("kind", [Kind.FLOATS, Kind.INTS])
def test_a_list_is_read_up_to_its_bound(kind: Kind) -> None:
    """A thousand elements and no more; a text longer than those could be is not even divided."""
    most = ",".join(["1"] * MAX_ELEMENTS)
    assert parse(kind, most) == (1,) * MAX_ELEMENTS
    with pytest.raises(UnreadableValue, match="too long"):
        parse(kind, most + ",1")
    with pytest.raises(UnreadableValue, match=f"^{kind}: too long$"):
        parse(kind, "1" * 65_536)


@pytest.mark.parametrize("text", ["86400", "-1", "99999999999999999999"])
def test_a_day_has_so_many_seconds(text: str) -> None:
    """What is not within a day is not a time of day."""
    with pytest.raises(UnreadableValue, match="out of range"):
        parse(Kind.TIME_OF_DAY, text)


def test_a_moment_is_in_utc_whatever_it_was_printed_in() -> None:
    """One representation for all, so that two of them compare and print alike."""
    value = parse(Kind.LOCAL, "2024-07-01 12:00:00 CEST", zone=AMSTERDAM)
    assert isinstance(value, datetime)
    assert value.tzinfo is UTC
    assert value == datetime(2024, 7, 1, 10, tzinfo=UTC)


def test_the_repeated_hour_is_told_apart_by_its_abbreviation() -> None:
    """On 2024-10-27 the clocks of Jerusalem showed 01:30 twice, and neither abbreviation is known elsewhere."""
    jerusalem = ZoneInfo("Asia/Jerusalem")
    assert parse(Kind.LOCAL, "2024-10-27 01:30:00 IDT", zone=jerusalem) == datetime(2024, 10, 26, 22, 30, tzinfo=UTC)
    assert parse(Kind.LOCAL, "2024-10-27 01:30:00 IST", zone=jerusalem) == datetime(2024, 10, 26, 23, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "hour"),
    [("Europe/Dublin", 11), ("Asia/Kolkata", 6.5), ("Asia/Jerusalem", None), ("Europe/Amsterdam", None)],
)
def test_an_ambiguous_abbreviation_is_what_the_zone_uses_it_for(zone: str, hour: float | None) -> None:
    """IST is Irish, Indian and Israeli; in July, when Israel has IDT, only the first two are meant by it."""
    text = "2024-07-01 12:00:00 IST"
    if hour is None:
        with pytest.raises(UnreadableValue, match="unknown time zone"):
            parse(Kind.LOCAL, text, zone=ZoneInfo(zone))
    else:
        assert parse(Kind.LOCAL, text, zone=ZoneInfo(zone)) == datetime(2024, 7, 1, tzinfo=UTC) + timedelta(hours=hour)


@pytest.mark.parametrize("abbreviation", ["CST", "PST", "IST", "XYZ", "cet", "-00", "+15", "+0560", "-0030"])
def test_an_unknown_time_zone_is_not_guessed(abbreviation: str) -> None:
    """A moment that may be hours off is worse than none."""
    with pytest.raises(UnreadableValue, match="unknown time zone"):
        parse(Kind.LOCAL, f"2024-07-01 12:00:00 {abbreviation}")


def test_a_moment_in_utc_is_printed_in_utc() -> None:
    """Only local metrics follow the module's time zone."""
    with pytest.raises(UnreadableValue, match="not in UTC"):
        parse(Kind.UTC, "2024-07-01 12:00:00 CEST", zone=AMSTERDAM)


def _read_in_utc(abbreviation: str, moment: datetime) -> timedelta | None:
    """Tell the offset an abbreviation is read with by someone whose own zone does not use it."""
    try:
        value = parse(Kind.LOCAL, f"{moment:%Y-%m-%d %H:%M:%S} {abbreviation}")
    except UnreadableValue:
        return None
    assert isinstance(value, datetime)
    return moment - value


def test_known_abbreviations_mean_one_offset_in_the_time_zone_database() -> None:
    """Whatever is read without knowing the zone is what every zone means that uses the abbreviation."""
    read = 0
    for zone in (ZoneInfo(name) for name in sorted(available_timezones())):
        for moment in (datetime(2026, 1, 15, 12, tzinfo=UTC), datetime(2026, 7, 15, 12, tzinfo=UTC)):
            local = moment.replace(tzinfo=zone)
            abbreviation = local.tzname()
            assert abbreviation is not None
            offset = _read_in_utc(abbreviation, moment)
            assert offset in (None, local.utcoffset()), (zone.key, abbreviation)
            read += offset is not None
    assert read > 800


@pytest.mark.parametrize("kind", Kind)
def test_no_text_takes_long(kind: Kind) -> None:
    """The longest text a link lets through is done with in milliseconds, whatever it is made of."""
    longest = [(part * 65_536)[:65_536] for part in ("1", "1,", ",", "e", "1e+", "-", "0.", " ", "\n", "9" * 32 + ",")]
    longest += [",".join(["1.23457e+06"] * MAX_ELEMENTS), ",".join(["1"] * MAX_ELEMENTS)]
    before = clock.process_time()
    for text in longest:
        try:
            parse(kind, text, zone=AMSTERDAM)
        except UnreadableValue:
            continue
    assert clock.process_time() - before < 0.5
