"""The catalogue has every metric of the firmware once, with a kind and a unit."""

from collections import Counter
from dataclasses import FrozenInstanceError, fields
from types import MappingProxyType

import pytest

from custom_components.open_ev.clients.ovms.metrics import STANDARD_METRICS, Unit, vehicle_metrics
from custom_components.open_ev.clients.ovms.values import Kind
from custom_components.open_ev.clients.ovms.vehicle_types import VEHICLE_TYPES

# How many metrics each vehicle module adds; the others add none. The five MG cars share theirs.
VEHICLE_SPECIFIC = {
    "BMWI3": 47,
    "CBOLT": 9,
    "FT5E": 2,
    "HIONVFL": 4,
    "I5": 54,
    "JLRI": 6,
    "KN": 47,
    "KS": 54,
    "MB": 11,
    "ME56": 6,
    "MED3": 6,
    "MG4": 36,
    "MG5": 36,
    "MGA": 36,
    "MGB": 36,
    "MGD": 36,
    "MI": 48,
    "MINISE": 47,
    "MT90": 2,
    "NEVO": 17,
    # Fifty in the source, of which eight are standard metrics.
    "NL": 42,
    "NR": 3,
    "RT": 66,
    "RZ": 5,
    "RZ2": 41,
    "SE": 82,
    "SQ": 67,
    "TYR4": 9,
    "VA": 56,
    "VWEG": 1,
    # Fifty-one, and one for each of up to seventeen battery modules.
    "VWUP": 68,
}

EVERY = [*STANDARD_METRICS.values(), *(metric for code in VEHICLE_TYPES for metric in vehicle_metrics(code).values())]


def test_standard_metrics_are_complete() -> None:
    """One hundred and ninety-eight, each under its own name."""
    assert len(STANDARD_METRICS) == 198
    assert all(name == metric.name for name, metric in STANDARD_METRICS.items())
    assert not any(metric.vehicle_types for metric in STANDARD_METRICS.values())


def test_vehicle_metrics_are_complete() -> None:
    """As many as the firmware's sources name, but for the differences the catalogue states.

    The sources name 831, among them 3 of CANopen nodes and 8 standard ones, which are left out, and one that stands for
    17: 836 rows. Two names occur in two rows, because the Maxus eDeliver3 module borrowed them from the MG module.
    """
    assert {code: len(vehicle_metrics(code)) for code in VEHICLE_TYPES if vehicle_metrics(code)} == VEHICLE_SPECIFIC
    rows = {(metric.name, metric.vehicle_types) for code in VEHICLE_TYPES for metric in vehicle_metrics(code).values()}
    assert len(rows) == 831 - 3 - 8 - 1 + 17
    twice = {name for name, count in Counter(name for name, _ in rows).items() if count > 1}
    assert twice == {"xmg.state.poll", "xmg.v.soc.raw"}


@pytest.mark.parametrize("code", VEHICLE_TYPES)
def test_vehicle_metrics_belong_to_their_type(code: str) -> None:
    """A metric is found under its own name, in a type that it says it belongs to, and is not a standard one."""
    metrics = vehicle_metrics(code)
    assert all(name == metric.name for name, metric in metrics.items())
    assert all(code in metric.vehicle_types for metric in metrics.values())
    assert not metrics.keys() & STANDARD_METRICS.keys()


@pytest.mark.parametrize("code", ["", "DEMO", "XYZ", "nl", "MGB|MG4|MGA|MG5|MGD"])
def test_other_types_have_no_metrics_of_their_own(code: str) -> None:
    """An unknown type is not an error; the standard metrics are enough for it."""
    assert vehicle_metrics(code) == {}


def test_names_can_be_recovered_from_a_topic() -> None:
    """In a topic every dot is a slash, so a name with a slash would never be found again."""
    assert not [metric.name for metric in EVERY if set(metric.name) & set("/<>+# ")]


def test_every_kind_and_unit_is_used() -> None:
    """The vocabulary is as large as the firmware's and no larger."""
    assert {metric.kind for metric in EVERY} == set(Kind)
    assert {metric.unit for metric in EVERY} == {None, *Unit}


@pytest.mark.parametrize(
    ("name", "kind", "unit"),
    [
        ("m.egpio.input", Kind.BITS, None),
        ("m.net.sq", Kind.INT, Unit.DECIBEL_MILLIWATT),
        ("m.time.utc", Kind.UTC, None),
        ("v.b.c.temp.alert", Kind.INTS, None),
        ("v.b.c.voltage", Kind.FLOATS, Unit.VOLT),
        ("v.b.consumption", Kind.FLOAT, Unit.WATT_HOUR_PER_KILOMETER),
        ("v.b.p.temp.avg", Kind.FLOAT, Unit.CELSIUS),
        ("v.b.p.temp.stddev", Kind.FLOAT, Unit.CELSIUS_DIFFERENCE),
        ("v.b.soc", Kind.FLOAT, Unit.PERCENT),
        ("v.c.charging", Kind.BOOL, None),
        ("v.c.duration.full", Kind.INT, Unit.MINUTE),
        ("v.c.timerstart", Kind.TIME_OF_DAY, None),
        ("v.e.serv.time", Kind.LOCAL, None),
        ("v.p.acceleration", Kind.FLOAT, Unit.METER_PER_SECOND_SQUARED),
        ("v.p.latitude", Kind.FLOAT, None),
        ("v.t.pressure", Kind.FLOATS, Unit.KILOPASCAL),
        ("v.type", Kind.TEXT, None),
    ],
)
def test_standard_metrics_are_read_as_the_firmware_defines_them(name: str, kind: Kind, unit: Unit | None) -> None:
    """A few of every sort."""
    metric = STANDARD_METRICS[name]
    assert (metric.kind, metric.unit) == (kind, unit)


@pytest.mark.parametrize(
    ("code", "name", "kind", "unit"),
    [
        ("NL", "xnl.bms.balancing", Kind.BITS, None),
        ("NL", "xnl.bms.thermistor", Kind.INTS, None),
        ("NL", "v.e.cabinfanlimit", Kind.INT, None),
        ("RT", "xrt.bms.balancetime", Kind.INTS, None),
        ("RT", "xrt.cfg.profile", Kind.INTS, None),
        ("RT", "xrt.s.m.trq.drv", Kind.FLOATS, Unit.NEWTON_METER),
        ("RZ2", "xrz2.h.compressor.pressure", Kind.FLOAT, Unit.BAR),
        ("MI", "xmi.e.trip.park.time.start", Kind.LOCAL, None),
        ("MI", "xmi.v.trip.consumption.KWh.100km", Kind.FLOAT, None),
        ("MG5", "xmg.p.avg.consumption", Kind.FLOAT, Unit.WATT_HOUR_PER_KILOMETER),
        ("VWUP", "xvu.b.hist.soh.mod.01", Kind.FLOATS, Unit.PERCENT),
        ("VWUP", "xvu.b.hist.soh.mod.17", Kind.FLOATS, Unit.PERCENT),
    ],
)
def test_vehicle_metrics_are_read_as_the_firmware_defines_them(
    code: str, name: str, kind: Kind, unit: Unit | None
) -> None:
    """A few of every sort."""
    metric = vehicle_metrics(code)[name]
    assert (metric.kind, metric.unit) == (kind, unit)


def test_numbers_have_units_and_others_have_none() -> None:
    """A unit on a text would make Home Assistant take it for a number."""
    counted = {Kind.INT, Kind.FLOAT, Kind.INTS, Kind.FLOATS}
    assert not [metric.name for metric in EVERY if metric.unit and metric.kind not in counted]


def test_enumerations_are_spelled_as_published() -> None:
    """With the firmware's capitals, in its order, and marked where vehicle modules go beyond them."""
    enumerations = {name: (metric.values, metric.open) for name, metric in STANDARD_METRICS.items() if metric.values}
    assert enumerations == {
        "m.net.mdm.netreg": (
            (
                "NotRegistered",
                "DeniedRegistration",
                "Searching",
                "Registered",
                "RegisteredEmergencyServices",
                "RegisteredRoamingSMS",
                "RegisteredRoaming",
                "RegisteredHomeSMS",
                "RegisteredHome",
                "Unknown",
            ),
            False,
        ),
        "m.net.type": (("none", "wifi", "modem"), False),
        "v.c.mode": (("standard", "storage", "range", "performance"), True),
        "v.c.state": (("charging", "topoff", "done", "prepare", "timerwait", "heating", "stopped"), True),
        "v.c.substate": (
            (
                "scheduledstop",
                "scheduledstart",
                "onrequest",
                "timerwait",
                "powerwait",
                "stopped",
                "interrupted",
            ),
            True,
        ),
        "v.c.type": (
            ("undefined", "type1", "type2", "chademo", "roadster", "teslaus", "supercharger", "ccs"),
            True,
        ),
        "v.e.cabinintake": (("fresh", "recirc"), True),
        "v.g.mode": (("standard",), True),
        "v.g.state": (("exporting", "stopped"), True),
        "v.g.substate": (("onrequest", "stopped"), True),
        "v.g.type": (("chademo", "ccs"), True),
    }
    assert all(STANDARD_METRICS[name].kind is Kind.TEXT for name in enumerations)
    assert {name for name, metric in STANDARD_METRICS.items() if metric.open} < enumerations.keys()


def test_zero_is_doubtful_where_no_car_has_it() -> None:
    """Of the standard metrics; a vehicle module's own are read as they are."""
    assert {name for name, metric in STANDARD_METRICS.items() if metric.zero_is_doubtful} == {
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


def test_the_catalogue_cannot_be_changed() -> None:
    """It is shared by all vehicles."""
    metric = STANDARD_METRICS["v.b.soc"]
    for field in fields(metric):
        with pytest.raises(FrozenInstanceError):
            setattr(metric, field.name, None)
    for catalogue in (STANDARD_METRICS, vehicle_metrics("NL"), vehicle_metrics("XYZ")):
        assert isinstance(catalogue, MappingProxyType)
