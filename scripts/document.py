"""Writes the tables of the README from the tables of the code, so that they cannot differ.

    scripts/document            write them
    scripts/document --check    say whether they are up to date

A table stands between `<!-- name -->` and `<!-- /name -->`.
"""

from collections.abc import Callable, Iterable, Mapping
import json
from pathlib import Path
import re
import sys

from custom_components.open_ev.actions import Action
from custom_components.open_ev.actions.charge_point import CHARGE_POINT_ACTIONS
from custom_components.open_ev.actions.charger import CHARGER_ACTIONS
from custom_components.open_ev.actions.vehicle import VEHICLE_ACTIONS
from custom_components.open_ev.clients.ovms.commands import ChargeMode
from custom_components.open_ev.clients.ovms.vehicle_types import VEHICLE_TYPES, PinUse, Support, Valet, VehicleType
from custom_components.open_ev.descriptions import Device, Row, Rows
from custom_components.open_ev.descriptions.charge_point import charge_point_tables
from custom_components.open_ev.descriptions.charger import charger_tables
from custom_components.open_ev.descriptions.vehicle.binary_sensors import BINARY_SENSORS
from custom_components.open_ev.descriptions.vehicle.controls import BUTTONS, CLIMATES, LOCKS, NUMBERS, SELECTS, SWITCHES
from custom_components.open_ev.descriptions.vehicle.news import EVENTS, TRACKERS
from custom_components.open_ev.descriptions.vehicle.sensors import LOCATION_SENSORS, SENSORS

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
RESULTS = ROOT / "benchmarks/results.md"
TRANSLATIONS = json.loads((ROOT / "custom_components/open_ev/translations/en.json").read_text(encoding="utf-8"))

VEHICLE_TABLES = Rows(
    sensors=(*SENSORS, *LOCATION_SENSORS),
    binary_sensors=BINARY_SENSORS,
    locks=LOCKS,
    climates=CLIMATES,
    switches=SWITCHES,
    numbers=NUMBERS,
    selects=SELECTS,
    buttons=BUTTONS,
    trackers=TRACKERS,
    events=EVENTS,
)
# Rows that are made for a vehicle and so are in no table of the code.
MADE_FOR_A_VEHICLE = {
    "number": [("●", "Target state of charge", "`v.c.limit.soc`")],
    "button": [("●", "HomeLink 1 to 3", ""), ("", "HomeLink 1 to 3, where they do other things: named by these", "")],
}


def main() -> int:
    """Write or check; returns the exit status."""
    text = README.read_text(encoding="utf-8")
    written = with_tables(text)
    if "--check" in sys.argv:
        return 0 if written == text else 1
    README.write_text(written, encoding="utf-8")
    return 0


def with_tables(text: str) -> str:
    """The README's text with the tables as they are now."""
    for name, write in SECTIONS.items():
        text = _replaced(text, name, write())
    return text


def vehicle_entities() -> str:
    """Every entity of a car, by platform."""
    return _entities(VEHICLE_TABLES, MADE_FOR_A_VEHICLE)


def charger_entities() -> str:
    """Every entity of a charger, by platform."""
    return _entities(charger_tables(), {})


def charge_point_entities() -> str:
    """Every entity of a charge point, by platform."""
    return _entities(charge_point_tables(), {})


def _entities[DeviceT: Device](tables: Rows[DeviceT], made: Mapping[str, Iterable[tuple[str, ...]]]) -> str:
    parts = []
    for platform, title, rows in _by_platform(tables):
        cells = [(_mark(row), _name(platform, row), _sources(row)) for row in rows] + [*made.get(platform, ())]
        if cells:
            parts.append(f"<details>\n<summary>{title}</summary>\n\n{_entity_table(cells)}\n\n</details>")
    return "\n\n".join(parts)


def _entity_table(cells: list[tuple[str, ...]]) -> str:
    """A table without the column that would be empty, as it is for a charger."""
    width = 3 if any(shows for _, _, shows in cells) else 2
    lines = [("", "Name", "Shows")[:width], ("---",) * width, *(cell[:width] for cell in cells)]
    return "\n".join(_line(*line) for line in lines)


def _by_platform[DeviceT: Device](tables: Rows[DeviceT]) -> list[tuple[str, str, Iterable[Row[DeviceT]]]]:
    return [
        ("lock", "Locks", tables.locks),
        ("climate", "Climate", tables.climates),
        ("switch", "Switches", tables.switches),
        ("number", "Numbers", tables.numbers),
        ("select", "Choices", tables.selects),
        ("time", "Times", tables.times),
        ("button", "Buttons", tables.buttons),
        ("device_tracker", "Location", tables.trackers),
        ("event", "Events", tables.events),
        ("sensor", "Sensors", tables.sensors),
        ("binary_sensor", "Binary sensors", tables.binary_sensors),
    ]


def _mark[DeviceT: Device](row: Row[DeviceT]) -> str:
    if row.enabled_fn is not None:
        return "◐"
    return "●" if row.entity_registry_enabled_default else ""


def vehicle_actions() -> str:
    """Every action of a car with its fields."""
    return _actions(VEHICLE_ACTIONS)


def charger_actions() -> str:
    """Every action of a charger with its fields."""
    return _actions(CHARGER_ACTIONS)


def charge_point_actions() -> str:
    """Every action of a charge point with its fields."""
    return _actions(CHARGE_POINT_ACTIONS)


def _actions[DeviceT: Device](table: Mapping[str, Action[DeviceT]]) -> str:
    parts = ["| Action | What it does | Fields |", "| --- | --- | --- |"]
    for name in table:
        texts = TRANSLATIONS["services"][name]
        fields = "<br>".join(
            f"`{key}`: {field['description']}" for key, field in texts["fields"].items() if key != "config_entry_id"
        )
        parts.append(f"| `open_ev.{name}` | {texts['description']} | {fields} |")
    return "\n".join(parts)


def vehicles() -> str:
    """Every vehicle type with what can be done."""
    parts = [
        "| Type | Car | Doors | Valet mode | Climate | Charging | Current | Mode | Target | Wake up | HomeLink |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    parts += [_vehicle(vehicle_type) for vehicle_type in VEHICLE_TYPES.values()]
    return "\n".join(parts)


def _vehicle(kind: VehicleType) -> str:
    cells = (
        f"`{kind.code}`",
        kind.name,
        _doors(kind),
        "yes" if kind.valet is Valet.PIN else "",
        _both(kind.climate_on, kind.climate_off),
        _both(kind.charge_start, kind.charge_stop),
        ", ".join(filter(None, (_word(kind.charge_current), _currents(kind)))),
        ", ".join(filter(None, (_word(kind.charge_mode), _modes(kind)))),
        "yes" if kind.charge_limit else "",
        _word(kind.wakeup),
        ", ".join(meaning.replace("_", " ") for meaning in kind.homelink),
    )
    return "| " + " | ".join(cells) + " |"


def _doors(kind: VehicleType) -> str:
    if kind.lock is Support.NO or kind.pin is PinUse.NOT_A_PIN:
        return ""
    pin = {PinUse.CHECKED: "PIN checked", PinUse.SENT_TO_CAR: "PIN sent to the car", PinUse.IGNORED: "**any PIN**"}
    return ", ".join(filter(None, (_word(kind.lock), pin[kind.pin])))


def _currents(kind: VehicleType) -> str:
    """The charge currents, where they are not any."""
    currents = kind.charge_currents
    return "" if currents.step == 1 else f"{currents.least} to {currents.most} A in steps of {currents.step} A"


def _modes(kind: VehicleType) -> str:
    """The charge modes, where they are not all."""
    return "" if len(kind.charge_modes) == len(ChargeMode) else " or ".join(kind.charge_modes)


def _both(start: Support, stop: Support) -> str:
    match start, stop:
        case Support.NO, Support.NO:
            return ""
        case Support.NO, _:
            return f"{_word(stop)}, stop only"
        case _, Support.NO:
            return f"{_word(start)}, start only"
    return _word(start)


def _word(support: Support) -> str:
    return {Support.NO: "", Support.CONDITIONAL: "if enabled", Support.YES: "yes"}[support]


def benchmarks() -> str:
    """The table that the last run of `scripts/benchmark` wrote, and where it was measured."""
    table = RESULTS.read_text(encoding="utf-8").partition("\n| ")[2].strip()
    return f"| {table}"


def _name[DeviceT: Device](platform: str, row: Row[DeviceT]) -> str:
    return str(TRANSLATIONS["entity"][platform][row.translation_key or row.key]["name"])


def _sources[DeviceT: Device](row: Row[DeviceT]) -> str:
    """The metrics of the firmware; what a charger reports has no name that its owner could look up."""
    return ", ".join(f"`{name}`" for name in row.listens if "." in name)


def _line(*cells: str) -> str:
    return "| " + " | ".join(cells) + " |"


def _replaced(text: str, name: str, table: str) -> str:
    begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    return re.sub(rf"{begin}.*?{end}", lambda _: f"{begin}\n\n{table}\n\n{end}", text, count=1, flags=re.DOTALL)


SECTIONS: dict[str, Callable[[], str]] = {
    "vehicle_entities": vehicle_entities,
    "charger_entities": charger_entities,
    "charge_point_entities": charge_point_entities,
    "vehicle_actions": vehicle_actions,
    "charger_actions": charger_actions,
    "charge_point_actions": charge_point_actions,
    "vehicles": vehicles,
    "benchmarks": benchmarks,
}

if __name__ == "__main__":
    sys.exit(main())
