"""The catalogue of metrics: what each is called, how its text is read, and in which unit it is published.

Two tables lie beside this module. ``standard_metrics.csv`` has the metrics every firmware knows, whatever the vehicle;
``vehicle_metrics.csv`` those that one vehicle module adds (firmware 3.3.006-259). The catalogue is a bound: a metric
that is in neither table is not known, however often it is published.
"""

from collections.abc import Iterator, Mapping
import csv
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Final

from .values import Kind


class Unit(StrEnum):
    """The native units of the firmware; over MQTT a value comes in these whatever units the module's owner prefers."""

    PERCENT = "%"
    CELSIUS = "°C"
    CELSIUS_DIFFERENCE = "°C difference"
    """Set apart from a temperature because converting it must not add the 32 of Fahrenheit."""
    VOLT = "V"
    AMPERE = "A"
    AMPERE_HOUR = "Ah"
    WATT = "W"
    KILOWATT = "kW"
    WATT_HOUR = "Wh"
    KILOWATT_HOUR = "kWh"
    WATT_HOUR_PER_KILOMETER = "Wh/km"
    KILOWATT_HOUR_PER_100_KILOMETERS = "kWh/100km"
    METER = "m"
    KILOMETER = "km"
    KILOMETER_PER_HOUR = "km/h"
    KILOMETER_PER_HOUR_PER_SECOND = "km/h/s"
    METER_PER_SECOND_SQUARED = "m/s²"
    DEGREE = "°"
    SECOND = "s"
    MINUTE = "min"
    HOUR = "h"
    DAY = "d"
    KILOPASCAL = "kPa"
    BAR = "bar"
    NEWTON_METER = "Nm"
    DECIBEL_MILLIWATT = "dBm"


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One metric of the catalogue.

    Attributes:
        name: The name with dots, as it can be recovered from a topic.
        kind: How its text is read.
        unit: What a number of it counts, if the firmware says so.
        values: The texts an enumeration is known to have, as the firmware spells them; empty for free text.
        open: Whether vehicle modules publish texts beyond ``values``, an empty one included. Such a text is a value
            like any other.
        zero_is_doubtful: Whether a zero usually means that the vehicle was not read yet.
        vehicle_types: The codes of the vehicle types that have it; empty for a standard metric.
    """

    name: str
    kind: Kind
    unit: Unit | None = None
    values: tuple[str, ...] = ()
    open: bool = False
    zero_is_doubtful: bool = False
    vehicle_types: frozenset[str] = frozenset()


# A module publishes these as 0 until it has heard from the car, and none of them is 0 in a car that moves by itself, or
# not for long.
_ZERO_IS_DOUBTFUL: Final = frozenset(
    {
        "v.b.12v.voltage",
        "v.b.cac",
        "v.b.capacity",
        "v.b.range.est",
        "v.b.range.full",
        "v.b.range.ideal",
        "v.b.soc",
        "v.b.soh",
        "v.b.voltage",
        "v.p.odometer",
    }
)


def _rows(table: str) -> Iterator[dict[str, str]]:
    with Path(__file__).with_name(table).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _unit(label: str) -> Unit | None:
    return Unit(label) if label else None


def _several(field: str) -> tuple[str, ...]:
    return tuple(field.split("|")) if field else ()


def _standard_metrics() -> Mapping[str, Metric]:
    return MappingProxyType(
        {
            row["metric"]: Metric(
                name=row["metric"],
                kind=Kind(row["kind"]),
                unit=_unit(row["unit"]),
                values=_several(row["values"]),
                open=row["open"] == "yes",
                zero_is_doubtful=row["metric"] in _ZERO_IS_DOUBTFUL,
            )
            for row in _rows("standard_metrics.csv")
        }
    )


def _vehicle_metrics() -> Mapping[str, Mapping[str, Metric]]:
    """Sort the vehicle-specific metrics by vehicle type.

    Three differences from what the firmware's sources name:

    - The metrics of CANopen nodes are left out. Their names hold the bus and the node they were found on, so no table
      can list them.
    - The Nissan Leaf module sets eight standard metrics up a second time; those are in the standard table only.
    - The two names of the Mitsubishi module with a slash (``...KWh/100km``) have a dot instead: a topic has slashes for
      dots, so the two cannot be told apart there.

    The e-Up module creates one metric per battery module, ``.01`` to ``.14`` or ``.17``; all seventeen are listed.
    """
    by_type: dict[str, dict[str, Metric]] = {}
    for row in _rows("vehicle_metrics.csv"):
        metric = Metric(
            name=row["metric"],
            kind=Kind(row["kind"]),
            unit=_unit(row["unit"]),
            vehicle_types=frozenset(_several(row["vehicle_types"])),
        )
        for code in metric.vehicle_types:
            by_type.setdefault(code, {})[metric.name] = metric
    return MappingProxyType({code: MappingProxyType(metrics) for code, metrics in by_type.items()})


STANDARD_METRICS: Final = _standard_metrics()
"""The metrics every firmware knows, by name."""

_VEHICLE_METRICS: Final = _vehicle_metrics()
_NONE: Final[Mapping[str, Metric]] = MappingProxyType({})


def vehicle_metrics(type_code: str) -> Mapping[str, Metric]:
    """Return the metrics a type of vehicle has beyond the standard ones, by name.

    Args:
        type_code: What the module publishes as ``v.type``; an unknown one has no metrics of its own.
    """
    return _VEHICLE_METRICS.get(type_code, _NONE)
