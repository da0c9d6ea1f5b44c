"""The demo's dashboard: what an owner of a car would put on one page."""

from collections.abc import Mapping
from typing import Any

from simulators.home_assistant import Api, Json

URL_PATH = "open-ev"
TITLE = "Open EV"

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
    await api.command("lovelace/config/save", url_path=URL_PATH, config=dashboard_of(await _entities(api)))
    await api.command("frontend/set_system_data", key="core", value={"default_panel": URL_PATH})


async def _entities(api: Api) -> Entities:
    found: dict[str, str] = {}
    for entity in await api.entities("open_ev"):
        domain = entity["entity_id"].partition(".")[0]
        if entity["disabled_by"] is None:
            found[f"{domain}.{entity['translation_key']}"] = entity["entity_id"]
    return found


def dashboard_of(entities: Entities) -> Json:
    """Lay out the cards of all that this car has."""
    sections = [_battery(entities), _car(entities), _journey(entities), _health(entities)]
    return {"views": [{"type": "sections", "title": TITLE, "path": "car", "max_columns": 4, "sections": sections}]}


def _battery(entities: Entities) -> Json:
    return _section(
        "Battery and charging",
        "mdi:ev-station",
        [
            *_tiles(
                entities,
                "sensor.state_of_charge",
                columns=12,
                vertical=True,
                features=[{"type": "bar-gauge", "min": 0, "max": 100}],
            ),
            *_tiles(entities, "sensor.range_estimated", "sensor.range_ideal"),
            *_tiles(
                entities,
                "sensor.charge_state",
                "sensor.charge_power",
                "sensor.time_to_full",
                "binary_sensor.plugged_in",
            ),
            *_tiles(entities, "switch.charging", features=[{"type": "toggle"}], columns=12),
            *_history(entities, "sensor.state_of_charge"),
        ],
    )


def _car(entities: Entities) -> Json:
    return _section(
        "Car",
        "mdi:car-electric",
        [
            *_tiles(entities, "lock.doors", features=[{"type": "lock-commands"}], columns=12),
            *_tiles(
                entities,
                "climate.cabin",
                features=[{"type": "climate-hvac-modes"}],
                columns=12,
            ),
            *_tiles(
                entities,
                "binary_sensor.door_front_left",
                "binary_sensor.door_front_right",
                "binary_sensor.door_rear_left",
                "binary_sensor.door_rear_right",
                "binary_sensor.hood",
                "binary_sensor.trunk",
                "binary_sensor.charge_port",
                "button.wake_up",
            ),
        ],
    )


def _journey(entities: Entities) -> Json:
    return _section(
        "Where it is",
        "mdi:map-marker",
        [
            *(
                {"type": "map", "entities": [entities[name]], "default_zoom": 13, "grid_options": _size(12, 5)}
                for name in ("device_tracker.location",)
                if name in entities
            ),
            *_tiles(entities, "binary_sensor.on", "sensor.speed", "sensor.odometer", "sensor.trip"),
            *_tiles(entities, "binary_sensor.module_connected", "sensor.last_heard"),
        ],
    )


def _health(entities: Entities) -> Json:
    return _section(
        "Tyres, temperatures and news",
        "mdi:car-info",
        [
            *_tiles(
                entities,
                "sensor.tyre_pressure_front_left",
                "sensor.tyre_pressure_front_right",
                "sensor.tyre_pressure_rear_left",
                "sensor.tyre_pressure_rear_right",
                "sensor.outside_temperature",
                "sensor.battery_temperature",
                "sensor.battery_health",
                "sensor.auxiliary_battery_voltage",
            ),
            *_log(
                entities, "event.alert", "event.notification", "event.vehicle_event", "lock.doors", "switch.charging"
            ),
        ],
    )


def _section(title: str, icon: str, cards: list[Json]) -> Json:
    return {"type": "grid", "cards": [{"type": "heading", "heading": title, "icon": icon}, *cards]}


def _tiles(entities: Entities, *names: str, columns: int = 6, **options: Any) -> list[Json]:
    return [
        {"type": "tile", "entity": entities[name], "grid_options": {"columns": columns}, **options}
        for name in names
        if name in entities
    ]


def _history(entities: Entities, *names: str) -> list[Json]:
    shown = [{"entity": entities[name]} for name in names if name in entities]
    return (
        [{"type": "history-graph", "entities": shown, "hours_to_show": 1, "grid_options": _size(12, 4)}]
        if shown
        else []
    )


def _log(entities: Entities, *names: str) -> list[Json]:
    shown = [entities[name] for name in names if name in entities]
    return (
        [{"type": "logbook", "target": {"entity_id": shown}, "hours_to_show": 24, "grid_options": _size(12, 5)}]
        if shown
        else []
    )


def _size(columns: int, rows: int) -> Json:
    return {"columns": columns, "rows": rows}
