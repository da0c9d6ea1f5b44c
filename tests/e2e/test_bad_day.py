"""The days on which something is away: the car, the broker, Home Assistant. The tests build on one another."""

import asyncio
from datetime import UTC, datetime
from functools import partial
import json

import pytest
import pytest_asyncio

from simulators.broker import Mosquitto
from simulators.home_assistant import ApiError, HomeAssistant, Json, confirm_discovered
from simulators.ovms_module import OvmsModule

from .conftest import PIN, PREFIX, orders
from .logs import complaints, secrets_in
from .waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

DOMAIN = "open_ev"
NOTHING_KNOWN = {"unavailable", "unknown"}
# What is written when a user wants something that cannot be, and when Home Assistant's own client loses the broker.
EXPECTED = ("Error during service call to", "homeassistant.components.mqtt", "homeassistant/components/mqtt")

type Names = dict[str, str]
"""Entity ids, by domain and what they are."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def names(home: HomeAssistant) -> Names:
    """The entities of the car, which is set up."""
    await confirm_discovered(home.api, DOMAIN)
    names = await home.api.entity_ids(DOMAIN)
    await _becomes(home, names["lock.doors"], "locked")
    return names


async def test_command_for_a_car_that_is_away_is_refused_and_never_runs(
    home: HomeAssistant, car: OvmsModule, names: Names
) -> None:
    """The broker keeps messages for the module while it is away: an order among them would run hours later."""
    before = await _values(home, names)
    await car.power_off()
    await _becomes(home, names["binary_sensor.module_connected"], "off")
    assert await _values(home, names) == before

    with pytest.raises(
        ApiError, match=r"^The car cannot be reached now\. Nothing was sent, and nothing will be sent later"
    ):
        await home.api.act("lock.unlock", {"entity_id": names["lock.doors"]}, code=PIN)

    # That the danger is real: this is kept, and runs.
    await home.api.act("mqtt.publish", topic=f"{PREFIX}client/other/command/1", payload="wakeup", qos=1)
    await car.boot()

    async def woken() -> bool:
        return "wakeup" in car.executed

    await eventually(woken, what="what the broker kept is run")
    await _becomes(home, names["binary_sensor.module_connected"], "on")
    assert orders(car) == ["wakeup"]
    assert await home.api.state(names["lock.doors"]) == "locked"


async def test_broker_that_comes_back_finds_everything_as_it_was(
    home: HomeAssistant, broker: Mosquitto, car: OvmsModule, names: Names
) -> None:
    """Without the broker nothing is known of the car; five seconds after its return all is."""
    before = await _values(home, names)
    lines = len(_own_lines(home))
    await broker.stop()
    await _becomes(home, names["sensor.state_of_charge"], "unavailable")
    assert set((await _values(home, names)).values()) == {"unavailable"}
    with pytest.raises(
        ApiError, match=r"^There is no connection to the MQTT broker or the OVMS server of this car\. Nothing was sent"
    ):
        await home.api.act("open_ev.send_command", config_entry_id=await _entry_id(home), command="wakeup")

    # Long enough for the pauses between two tries to have grown.
    await asyncio.sleep(8)
    await broker.start()
    await car.reconnect()

    async def as_before() -> bool:
        return await _values(home, names) == before

    await eventually(as_before, what="all values are back", seconds=5)
    assert [text.partition("] ")[2].split(" of ")[0] for text in _own_lines(home)[lines:]] == [
        "The connection to the broker",
        "The connection to the broker",
    ]


async def test_unit_that_the_user_chose_survives_a_restart(home: HomeAssistant, names: Names) -> None:
    """No value is ever recorded in another unit, or as another number, while Home Assistant starts."""
    entity_id = names["sensor.range_estimated"]
    kilometres = float(await home.api.state(entity_id) or 0)
    await home.api.command(
        "config/entity_registry/update",
        entity_id=entity_id,
        options_domain="sensor",
        options={"unit_of_measurement": "mi"},
    )

    async def in_miles() -> bool:
        state = (await home.api.states())[entity_id]
        return state["state"] not in NOTHING_KNOWN and state["attributes"]["unit_of_measurement"] == "mi"

    await eventually(in_miles, what="the range in miles")
    before = await home.api.state(entity_id)
    assert float(before or 0) == pytest.approx(kilometres / 1.609344)

    started = datetime.now(UTC)
    await home.restart()
    await eventually(in_miles, what="the range in miles after the restart")

    async def recorded() -> list[Json]:
        history: dict[str, list[Json]] = await home.api.command(
            "history/history_during_period",
            start_time=started.isoformat(),
            entity_ids=[entity_id],
            include_start_time_state=False,
            significant_changes_only=False,
            minimal_response=False,
            no_attributes=False,
        )
        return [state for state in history.get(entity_id, []) if state["s"] not in NOTHING_KNOWN]

    async def is_recorded() -> bool:
        return bool(await recorded())

    await eventually(is_recorded, what="the range in the history", seconds=20)
    assert {(state["s"], state["a"]["unit_of_measurement"]) for state in await recorded()} == {(before, "mi")}


async def test_start_without_a_broker_is_made_good_when_it_comes(
    home: HomeAssistant, broker: Mosquitto, car: OvmsModule, names: Names
) -> None:
    """Home Assistant and the broker may come up in any order, as after a power cut."""
    await home.stop()
    await broker.stop()
    await home.start()
    [entry] = await home.api.entries(DOMAIN)
    assert entry["state"] == "setup_retry"
    await broker.start()
    await car.reconnect()

    async def is_loaded() -> bool:
        [entry] = await home.api.entries(DOMAIN)
        return bool(entry["state"] == "loaded")

    await eventually(is_loaded, what="the car is set up", seconds=60)
    await _becomes(home, names["lock.doors"], "locked")
    await _becomes(home, names["binary_sensor.module_connected"], "on")


async def test_diagnostics_keep_the_secrets(home: HomeAssistant, names: Names) -> None:
    """What a user attaches to an issue tells nobody where the car is, whose it is, or how to open it."""
    diagnostics = json.dumps(await home.api.get(f"/api/diagnostics/config_entry/{await _entry_id(home)}"))
    assert "v.b.soc" in diagnostics
    assert secrets_in(diagnostics) == []


async def test_reload_changes_nothing_and_removal_leaves_nothing(
    home: HomeAssistant, car: OvmsModule, names: Names
) -> None:
    """Neither entities nor a device stay, and the car is not kept busy for somebody who is gone."""
    entry_id = await _entry_id(home)
    path = f"/api/config/config_entries/entry/{entry_id}"
    before = await _values(home, names)
    await home.api.post(f"{path}/reload", {})

    async def as_before() -> bool:
        return await _values(home, names) == before

    await eventually(as_before, what="all values are back")
    # Whoever has just acted listens.
    await home.api.act("button.press", {"entity_id": names["button.wake_up"]})
    await eventually(partial(_has_listeners, car, 1), what="the module counts a client")

    await home.api.delete(path)
    assert await home.api.entries(DOMAIN) == []
    assert await home.api.entities(DOMAIN) == []
    assert [device for device in await home.api.devices() if device["config_entry_id"] == entry_id] == []
    assert not set(names.values()) & set(await home.api.states())
    await eventually(partial(_has_listeners, car, 0), what="the module counts no client")


async def test_nobody_complained_and_no_secret_was_logged(home: HomeAssistant) -> None:
    """Each loss of the broker is one warning; and at the level debug there is nothing that a user would not publish."""
    ours = complaints(home.log, *EXPECTED)
    assert [text for text in ours if "The connection to the broker of" not in text] == []
    assert "DEBUG (MainThread) [custom_components.open_ev" in home.log
    assert secrets_in(home.log) == []


async def _entry_id(home: HomeAssistant) -> str:
    [entry] = await home.api.entries(DOMAIN)
    return str(entry["entry_id"])


async def _values(home: HomeAssistant, names: Names) -> dict[str, str]:
    """What is known of the car itself, whatever the state of the way to it."""
    states = await home.api.states()
    wanted = (
        "sensor.state_of_charge",
        "sensor.range_estimated",
        "sensor.odometer",
        "lock.doors",
        "binary_sensor.trunk",
    )
    return {name: states[names[name]]["state"] for name in wanted}


async def _has_listeners(car: OvmsModule, number: int) -> bool:
    return car.metrics.number("s.v3.peers") == number


async def _becomes(home: HomeAssistant, entity_id: str, state: str) -> None:
    async def is_so() -> bool:
        return await home.api.state(entity_id) == state

    await eventually(is_so, what=f"{entity_id} is {state}")


def _own_lines(home: HomeAssistant) -> list[str]:
    """What the integration logged for everybody to read."""
    return [line for line in home.log.splitlines() if f"[custom_components.{DOMAIN}" in line and " DEBUG " not in line]
