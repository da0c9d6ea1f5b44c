"""A metric's value becomes the text that each generation of the firmware writes."""

from datetime import UTC, datetime, timedelta
import math
from zoneinfo import ZoneInfo

import pytest

from simulators.ovms_module.encoding import Kind, MetricValue, encode, initial, read, stored
from simulators.ovms_module.firmware import Firmware

BERLIN = ZoneInfo("Europe/Berlin")
MOMENT = datetime(2026, 11, 20, 4, 40, 1, tzinfo=UTC)
SUMMER = MOMENT - timedelta(days=120)
NUMBER = str(int(MOMENT.timestamp()))


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        (Kind.BOOL, True, "yes"),
        (Kind.BOOL, False, "no"),
        (Kind.INT, -83, "-83"),
        (Kind.INT, 3275588, "3275588"),
        (Kind.FLOAT, 62.5, "62.5"),
        (Kind.FLOAT, 123456.7, "123457"),
        (Kind.FLOAT, 1234567.0, "1.23457e+06"),
        (Kind.FLOAT, 0.00001, "1e-05"),
        (Kind.FLOAT, 0, "0"),
        (Kind.FLOAT, math.nan, "nan"),
        (Kind.FLOAT, math.inf, "inf"),
        (Kind.TEXT, "WLAN, 1", "WLAN, 1"),
        (Kind.FLOATS, [17, 17.5, 1e6], "17,17.5,1e+06"),
        (Kind.FLOATS, [], ""),
        (Kind.INTS, (0, 0, 1), "0,0,1"),
        (Kind.BITS, frozenset({9, 0, 3}), "0,3,9"),
    ],
)
@pytest.mark.parametrize("firmware", list(Firmware))
def test_same_in_every_generation(kind: Kind, value: MetricValue, text: str, firmware: Firmware) -> None:
    """Numbers, texts, lists and bits never changed."""
    assert encode(kind, stored(kind, value), firmware.value, BERLIN) == text


@pytest.mark.parametrize(
    ("firmware", "degrees", "utc", "local", "summer", "time"),
    [
        (Firmware.V3_2_016, "52.5163", NUMBER, NUMBER, str(int(SUMMER.timestamp())), "79205"),
        (Firmware.V3_3_003, "52.5163", NUMBER, NUMBER, str(int(SUMMER.timestamp())), "79205"),
        *(
            (
                firmware,
                # Single precision shows from the sixth decimal on.
                "52.516273",
                "2026-11-20 04:40:01 UTC",
                "2026-11-20 05:40:01 CET",
                "2026-07-23 06:40:01 CEST",
                "22:00:05",
            )
            for firmware in (Firmware.V3_3_005, Firmware.V3_3_006)
        ),
    ],
)
def test_what_changed(firmware: Firmware, degrees: str, utc: str, local: str, summer: str, time: str) -> None:
    """Positions and dates."""

    def text(kind: Kind, value: MetricValue) -> str:
        return encode(kind, stored(kind, value), firmware.value, BERLIN)

    assert text(Kind.DEGREES, 52.516275) == degrees
    assert text(Kind.UTC, MOMENT) == utc
    assert text(Kind.LOCAL, MOMENT) == local
    assert text(Kind.LOCAL, SUMMER) == summer
    assert text(Kind.TIME, 79205) == time


@pytest.mark.parametrize("kind", list(Kind))
def test_data_files_are_read_as_they_are_written(kind: Kind) -> None:
    """An initial value of every kind comes back from its text."""
    text = {Kind.TEXT: "any"}.get(kind, encode(kind, initial(kind), Firmware.V3_2_016.value, UTC))
    assert encode(kind, stored(kind, read(kind, text)), Firmware.V3_2_016.value, UTC) == text


@pytest.mark.parametrize(
    ("kind", "value"),
    [(Kind.BOOL, 1), (Kind.INT, "1"), (Kind.FLOAT, "1"), (Kind.TEXT, 1), (Kind.FLOATS, 1.0), (Kind.BITS, [1])],
)
def test_a_value_must_fit(kind: Kind, value: MetricValue) -> None:
    """A mistake in a test is not sent to the broker."""
    with pytest.raises(TypeError):
        stored(kind, value)
