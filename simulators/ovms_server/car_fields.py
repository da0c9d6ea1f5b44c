"""The fields of each v2 message of a car, in their order (firmware 3.3.006, `server v2`)."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from simulators.ovms_module.metrics import standard_definitions

from .car_view import View

_SUBSTATES = {
    "scheduledstop": 1,
    "scheduledstart": 2,
    "onrequest": 3,
    "timerwait": 5,
    "powerwait": 7,
    "stopped": 13,
    "interrupted": 14,
}
_STATES = {"charging": 1, "topoff": 2, "done": 4, "prepare": 13, "timerwait": 14, "heating": 15, "stopped": 21}
_MODES = {"standard": 0, "storage": 1, "range": 3, "performance": 4}
_TEMPERATURES = ("v.i.temp", "v.m.temp", "v.b.temp", "v.c.temp", "v.e.temp", "v.e.cabintemp")
DOORS: dict[int, dict[int, str]] = {
    1: {
        0x01: "v.d.fl",
        0x02: "v.d.fr",
        0x04: "v.d.cp",
        0x08: "v.c.pilot",
        0x10: "v.c.charging",
        0x40: "v.e.handbrake",
        0x80: "v.e.on",
    },
    2: {0x08: "v.e.locked", 0x10: "v.e.valet", 0x20: "v.e.headlights", 0x40: "v.d.hood", 0x80: "v.d.trunk"},
    3: {0x01: "v.e.awake", 0x02: "v.e.cooling", 0x40: "v.e.c.login", 0x80: "v.e.c.config"},
    4: {0x02: "v.e.alarm"},
    5: {0x01: "v.d.rl", 0x02: "v.d.rr", 0x10: "v.e.charging12v", 0x20: "v.e.aux12v", 0x80: "v.e.hvac"},
}

type Writer = Callable[[View], str]
type Release = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Field:
    """One field: how it is written, from which metrics, and since which release."""

    write: Writer
    metrics: tuple[str, ...] = ()
    since: Release = (0, 0, 0)


def _field(write: Callable[[View, str], str], name: str, since: Release = (0, 0, 0)) -> Field:
    """A field of one metric. It is at least as new as its metric."""
    return Field(lambda view: write(view, name), (name,), max(since, standard_definitions()[name].since))


def _constant(text: str) -> Field:
    return Field(lambda _: text)


def _flag(view: View, name: str) -> str:
    return str(int(view.flag(name)))


_zero = _constant("0")
_integer = partial(_field, View.integer)
_plain = partial(_field, View.plain)
_fixed = partial(_field, View.fixed)
_yes_no = partial(_field, _flag)
_encoded = partial(_field, View.encoded)
_whole_distance = partial(_field, View.whole_distance)
_short_distance = partial(_field, View.short_distance)
_tenths_of_distance = partial(_field, View.tenths_of_distance)
_moment = partial(_field, View.moment)


def _short(name: str, digits: int, since: Release = (0, 0, 0)) -> Field:
    return _field(lambda view, name: view.short(name, digits), name, since)


def _text(name: str, default: str = "") -> Field:
    return _field(lambda view, name: view.text(name, default), name)


def _key(name: str, keys: dict[str, int], default: str, unknown: int) -> Field:
    """A text by the number that it had before there were texts."""
    return _field(lambda view, name: str(keys.get(view.text(name, default), unknown)), name)


def _shorter_duration(view: View) -> str:
    to_range, to_soc = (int(view.value(f"v.c.duration.{goal}")) for goal in ("range", "soc"))
    return str(to_range if 0 <= to_range < to_soc else to_soc)


def _charge_power(view: View) -> str:
    return f"{-view.value('v.b.power') if view.flag('v.c.charging') else 0:.2f}"


def _doors(byte: int) -> Field:
    bits = DOORS[byte]
    return Field(lambda view: str(sum(bit for bit, name in bits.items() if view.flag(name))), tuple(bits.values()))


S_FIELDS = (
    _short("v.b.soc", 1),
    Field(lambda view: "M" if view.miles else "K"),
    _integer("v.c.voltage"),
    _fixed("v.c.current"),
    _text("v.c.state", "stopped"),
    _text("v.c.mode", "standard"),
    _whole_distance("v.b.range.ideal"),
    _whole_distance("v.b.range.est"),
    _integer("v.c.climit"),
    _integer("v.c.time"),
    _zero,
    _field(View.tenths, "v.c.kwh"),
    _key("v.c.substate", _SUBSTATES, "", 0),
    _key("v.c.state", _STATES, "stopped", 0),
    _key("v.c.mode", _MODES, "standard", -1),
    _yes_no("v.c.timermode"),
    _integer("v.c.timerstart"),
    _zero,
    _fixed("v.b.cac"),
    _integer("v.c.duration.full"),
    Field(_shorter_duration),
    _whole_distance("v.c.limit.range"),
    _integer("v.c.limit.soc"),
    Field(lambda view: "0" if view.flag("v.e.cooling") else "-1", ("v.e.cooling",)),
    _zero,
    _zero,
    _zero,
    _integer("v.c.duration.range"),
    _integer("v.c.duration.soc"),
    _whole_distance("v.b.range.full"),
    _zero,
    Field(_charge_power, ("v.b.power", "v.c.charging")),
    _fixed("v.b.voltage"),
    _fixed("v.b.soh"),
    _fixed("v.c.power"),
    _fixed("v.c.efficiency"),
    _fixed("v.b.current"),
    _short_distance("v.b.range.speed"),
    _short("v.c.kwh.grid", 1, (3, 3, 5)),
    _short("v.c.kwh.grid.total", 1, (3, 3, 5)),
    _short("v.b.capacity", 1, (3, 3, 5)),
    _moment("v.c.timestamp", (3, 3, 5)),
)

D_FIELDS = (
    _doors(1),
    _doors(2),
    Field(lambda view: "4" if view.flag("v.e.locked") else "5", ("v.e.locked",)),
    _plain("v.i.temp"),
    _plain("v.m.temp"),
    _plain("v.b.temp"),
    _tenths_of_distance("v.p.trip"),
    _tenths_of_distance("v.p.odometer"),
    # Kilometres an hour, whatever the owner has chosen.
    _plain("v.p.speed"),
    _integer("v.e.parktime"),
    _plain("v.e.temp"),
    _doors(3),
    Field(lambda view: str(int(not all(view.stale(name) for name in _TEMPERATURES)))),
    Field(lambda view: str(int(not view.stale("v.e.temp")))),
    _plain("v.b.12v.voltage"),
    _doors(4),
    _plain("v.b.12v.voltage.ref"),
    _doors(5),
    _plain("v.c.temp"),
    _plain("v.b.12v.current"),
    _plain("v.e.cabintemp"),
)
DOOR_FIELDS = {0: 1, 1: 2, 11: 3, 15: 4, 17: 5}
"""Which fields of D are which byte of bits."""

L_FIELDS = (
    _short("v.p.latitude", 6),
    _short("v.p.longitude", 6),
    _plain("v.p.direction"),
    _plain("v.p.altitude"),
    _yes_no("v.p.gpslock"),
    Field(View.gps_validity),
    _short_distance("v.p.speed"),
    _tenths_of_distance("v.p.trip"),
    _field(lambda view, name: f"{int(view.value(name)) & 0xFFFFFFFF:x}", "v.e.drivemode"),
    _short("v.b.power", 3),
    _short("v.b.energy.used", 3),
    _short("v.b.energy.recd", 3),
    _field(lambda view, name: f"{view.value(name):g}", "v.i.power"),
    _field(lambda view, name: f"{view.value(name):g}", "v.i.efficiency"),
    _text("v.p.gpsmode"),
    _integer("v.p.satcount"),
    _short("v.p.gpshdop", 1),
    _short_distance("v.p.gpsspeed"),
    _integer("v.p.gpssq"),
)

F_FIELDS = (
    _encoded("m.version"),
    _encoded("v.vin"),
    # Its metric is not among those that make the message a new one: that takes more than any change.
    Field(View.signal),
    Field(lambda view: view.setting("vehicle", "canwrite", "0")),
    _text("v.type"),
    _encoded("m.net.provider"),
    _field(lambda view, name: view.integer(name, -1), "v.e.serv.range"),
    _moment("v.e.serv.time"),
    _encoded("m.hardware"),
    _encoded("m.net.mdm.mode", (3, 3, 5)),
)

X_FIELDS = (
    _yes_no("v.g.generating"),
    _yes_no("v.g.pilot"),
    _integer("v.g.voltage"),
    _short("v.g.current", 1),
    _short("v.g.power", 3),
    _short("v.g.efficiency", 1),
    _text("v.g.type"),
    _text("v.g.state"),
    _text("v.g.substate"),
    _text("v.g.mode"),
    _short("v.g.climit", 1),
    _whole_distance("v.g.limit.range"),
    _integer("v.g.limit.soc"),
    _short("v.g.kwh", 1),
    _short("v.g.kwh.grid", 1),
    _short("v.g.kwh.grid.total", 1),
    _integer("v.g.time"),
    _yes_no("v.g.timermode"),
    _integer("v.g.timerstart"),
    _integer("v.g.duration.empty"),
    _integer("v.g.duration.range"),
    _integer("v.g.duration.soc"),
    _short("v.g.temp", 1),
    _moment("v.g.timestamp"),
)
