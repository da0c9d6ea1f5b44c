"""The demo's dashboard: what an owner of a car and a charger, who also charges in a garage, would put on one page, and a page for each further car."""

from collections.abc import Mapping, Sequence
from typing import Any

from simulators.home_assistant import Api, Json

URL_PATH = "open-ev"
TITLE = "Open EV"
# A quarter of an hour holds a whole day of the demo's devices, whose time runs ten times as fast.
_SHOWN_HOURS = 0.25

type Entities = Mapping[str, str]
"""Entity ids by what they are, such as `sensor.state_of_charge`."""


async def show_dashboard(api: Api) -> None:
    """Make the dashboard, and the page that opens first; one that is there already belongs to the user.

    Raises:
        ApiError: Home Assistant refused.
    """
    dashboards: list[Json] = await api.command("lovelace/dashboards/list")
    if any(dashboard["url_path"] == URL_PATH for dashboard in dashboards):
        return
    await api.command(
        "lovelace/dashboards/create", url_path=URL_PATH, title=TITLE, icon="mdi:car-electric", show_in_sidebar=True
    )
    await api.command("lovelace/config/save", url_path=URL_PATH, config=dashboard_of(*await _known(api)))
    await api.command("frontend/set_system_data", key="core", value={"default_panel": URL_PATH})


async def _known(api: Api) -> tuple[Mapping[str, Entities], Entities, Entities]:
    """The entities of which each car, by its name, the charger and the charge point have told something.

    None reports everything.
    """
    states = await api.states()
    cars: dict[str, Entities] = {}
    charger: Entities = {}
    charge_point: Entities = {}
    for entry in await api.entries("open_ev"):
        entities = await api.entity_ids("open_ev", entry["entry_id"])
        told = {name: each for name, each in entities.items() if states[each]["state"] != "unavailable"}
        if "switch.charging_enabled" in entities:
            charger = told
        elif entry["supported_subentry_types"]:
            charge_point = told
        else:
            cars[entry["title"]] = told
    return cars, charger, charge_point


def dashboard_of(cars: Mapping[str, Entities], charger: Entities, charge_point: Entities) -> Json:
    """Lay out the cards of all that these have; any may be missing."""
    (name, first), *others = cars.items() or [("", {})]
    sections = [
        *([_car(name, first)] if first else []),
        *([_charger(charger)] if charger else []),
        _one(
            *([_charge_point(charge_point)] if charge_point else []),
            *([_journey(first)] if first else []),
        ),
        *([_body(first)] if first else []),
    ]
    further = [
        _view(name, f"car-{number}", [_car(name, car), _body(car), _journey(car)])
        for number, (name, car) in enumerate(others, start=2)
    ]
    return {"views": [_view(TITLE, "car", sections), *further]}


def _view(title: str, path: str, sections: Sequence[Json]) -> Json:
    return {"type": "sections", "title": title, "path": path, "max_columns": 3, "sections": list(sections)}


def _car(name: str, entities: Entities) -> Json:
    return _section(
        name,
        "mdi:car-electric",
        [
            *_tiles(
                entities, "sensor.state_of_charge", columns=12, features=[{"type": "bar-gauge", "min": 0, "max": 100}]
            ),
            *_tiles(entities, "switch.charging", **_beside("toggle")),
            *_tiles(entities, "sensor.charge_power", "sensor.charge_energy"),
            *_tiles(entities, "sensor.time_to_full", columns=12),
            *_tiles(entities, "sensor.range_estimated", "sensor.charge_state"),
            *_tiles(entities, "number.target_state_of_charge", **_below("numeric-input", style="slider")),
            *_tiles(entities, "lock.doors", **_beside("lock-commands")),
            *_tiles(entities, "climate.cabin", **_beside("climate-hvac-modes")),
            *_history(entities, "sensor.state_of_charge"),
        ],
        badges=_badges(entities, "sensor.outside_temperature", "sensor.battery_12v_voltage"),
    )


def _charger(entities: Entities) -> Json:
    return _section(
        "Charger",
        "mdi:ev-station",
        [
            *_tiles(entities, "switch.charging_enabled", **_beside("toggle")),
            *_tiles(entities, "sensor.state", "sensor.why"),
            *_tiles(entities, "number.charge_current", **_below("numeric-input", style="slider")),
            *_tiles(entities, "select.mode", **_beside("select-options")),
            *_tiles(
                entities, "sensor.charge_current", "sensor.charge_power", "sensor.session_energy", "sensor.session_time"
            ),
            *_history(entities, "sensor.charge_power"),
            *_log(entities, "event.session", "event.fault", "switch.charging_enabled"),
        ],
        badges=_badges(entities, "sensor.temperature"),
    )


def _charge_point(entities: Entities) -> Json:
    return _section(
        "Garage",
        "mdi:garage-variant",
        [
            *_tiles(entities, "switch.session", **_beside("toggle")),
            *_tiles(entities, "sensor.status", "sensor.session_cost", "sensor.session_energy", "sensor.session_start"),
        ],
    )


def _body(entities: Entities) -> Json:
    return _section(
        "Doors, tires and place",
        "mdi:car-door",
        [
            *_tiles(
                entities,
                "binary_sensor.door_front_left",
                "binary_sensor.door_front_right",
                "binary_sensor.door_rear_left",
                "binary_sensor.door_rear_right",
                "binary_sensor.trunk",
                "binary_sensor.charge_port",
                "sensor.tyre_pressure_front_left",
                "sensor.tyre_pressure_front_right",
                "sensor.tyre_pressure_rear_left",
                "sensor.tyre_pressure_rear_right",
                "sensor.battery_health",
                "sensor.battery_temperature",
            ),
            *_tiles(entities, "button.wake_up", "button.refresh", hide_state=True),
            *_map(entities, "device_tracker.location"),
        ],
    )


def _journey(entities: Entities) -> Json:
    return _section(
        "On the road",
        "mdi:road-variant",
        [
            *_tiles(
                entities,
                "binary_sensor.ignition",
                "sensor.odometer",
                "binary_sensor.module_connected",
                "sensor.last_heard",
            ),
            *_log(entities, "event.alert", "event.notification", "lock.doors", "switch.charging"),
        ],
    )


def _section(title: str, icon: str, cards: list[Json], badges: Sequence[Json] = ()) -> Json:
    heading = {"type": "heading", "heading": title, "icon": icon, "badges": list(badges)}
    return {"type": "grid", "cards": [heading, *cards]}


def _one(*sections: Json) -> Json:
    """One section of several, because sections that begin in one row of the page leave room below the shorter ones."""
    return {"type": "grid", "cards": [card for section in sections for card in section["cards"]]}


def _badges(entities: Entities, *names: str) -> list[Json]:
    return [{"type": "entity", "entity": entities[name]} for name in names if name in entities]


def _beside(feature: str) -> Json:
    """Options of a wide tile with its control at its right."""
    return {"columns": 12, "features": [{"type": feature}], "features_position": "inline"}


def _below(feature: str, **options: str) -> Json:
    """Options of a wide tile with its control below."""
    return {"columns": 12, "features": [{"type": feature, **options}]}


def _tiles(entities: Entities, *names: str, columns: int = 6, **options: Any) -> list[Json]:
    """One card an entity, named without the car's name: there is only one."""
    return [
        {
            "type": "tile",
            "entity": entities[name],
            "name": {"type": "entity"},
            "grid_options": {"columns": columns},
            **options,
        }
        for name in names
        if name in entities
    ]


def _map(entities: Entities, name: str) -> list[Json]:
    if name not in entities:
        return []
    marker = {"entity": entities[name], "label_mode": "icon"}
    return [{"type": "map", "entities": [marker], "default_zoom": 13, "grid_options": _size(12, 5)}]


def _history(entities: Entities, *names: str) -> list[Json]:
    shown = [{"entity": entities[name], "name": {"type": "entity"}} for name in names if name in entities]
    if not shown:
        return []
    return [{"type": "history-graph", "entities": shown, "hours_to_show": _SHOWN_HOURS, "grid_options": _size(12, 4)}]


def _log(entities: Entities, *names: str) -> list[Json]:
    shown = [entities[name] for name in names if name in entities]
    if not shown:
        return []
    return [{"type": "logbook", "target": {"entity_id": shown}, "hours_to_show": 24, "grid_options": _size(12, 4)}]


def _size(columns: int, rows: int) -> Json:
    return {"columns": columns, "rows": rows}
