"""A person chooses how much a car costs in mobile data, and what is shown of it."""

from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType, InvalidData
from homeassistant.helpers import entity_registry as er
import pytest

from custom_components.open_ev.clients.ovms.metrics import vehicle_metrics
from simulators.broker import EmbeddedBroker

from .dialog import shown
from .garage import parked, vehicle_entry

pytestmark = pytest.mark.usefixtures("hurried")

EXTRA = "xnl.v.b.hx"
DEFAULTS = {"presence": "automatic", "expose_location": True}


def has_location(hass: HomeAssistant, entry_id: str) -> bool:
    """Whether the car has a living entity on the map."""
    entries = er.async_entries_for_config_entry(er.async_get(hass), entry_id)
    states = [hass.states.get(each.entity_id) for each in entries if each.domain == "device_tracker"]
    return any(state is not None and state.state != STATE_UNAVAILABLE for state in states)


async def test_options_count_at_once(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """What is chosen is kept, shown again, and the car is loaded again with it."""
    async with parked(hass, broker, "NL") as car:
        entry = car.entry
        vehicle = car.vehicle
        assert EXTRA not in vehicle.metrics
        assert has_location(hass, entry.entry_id)
        result = await hass.config_entries.options.async_init(entry.entry_id)
        assert (result["type"], result["step_id"]) == (FlowResultType.FORM, "init")
        assert shown(result["data_schema"]) == {**DEFAULTS, "extra_metrics": []}

        chosen = {"presence": "economy", "expose_location": False, "extra_metrics": [EXTRA]}
        result = await hass.config_entries.options.async_configure(result["flow_id"], chosen)
        assert result["type"] is FlowResultType.CREATE_ENTRY
        assert entry.options == chosen
        await hass.async_block_till_done()
        assert entry.state is ConfigEntryState.LOADED
        assert car.vehicle is not vehicle
        assert EXTRA in car.vehicle.metrics
        assert not has_location(hass, entry.entry_id)

        result = await hass.config_entries.options.async_init(entry.entry_id)
        assert shown(result["data_schema"]) == chosen


async def test_each_metric_of_the_type_can_be_chosen(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """Those, and no others."""
    entry = vehicle_entry(broker, "NL")
    entry.add_to_hass(hass)
    result = await hass.config_entries.options.async_init(entry.entry_id)
    assert result["data_schema"] is not None
    choices = result["data_schema"].schema["extra_metrics"].config
    assert choices["options"] == [{"value": name, "label": name} for name in sorted(vehicle_metrics("NL"))]
    assert choices["multiple"] is True
    for typed in ({"extra_metrics": ["xrt.v.b.soc"]}, {"presence": "always"}):
        with pytest.raises(InvalidData):
            await hass.config_entries.options.async_configure(result["flow_id"], {**DEFAULTS, **typed})
    result = await hass.config_entries.options.async_configure(result["flow_id"], {})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["data"] == {**DEFAULTS, "extra_metrics": []}
    await hass.async_block_till_done()


async def test_what_the_car_has_sent_is_marked(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """It comes first, so that nobody chooses blindly; without the broker, all are as good as another."""
    async with parked(hass, broker, "NL") as car:
        await car.module.publish_raw(EXTRA, b"55.5")
        await car.module.publish_raw("xnl.v.e.hvac.auto", b"")
        result = await hass.config_entries.options.async_init(car.entry.entry_id)
        assert result["data_schema"] is not None
        options = result["data_schema"].schema["extra_metrics"].config["options"]
        sent = [each["value"] for each in options if each["label"].startswith("✓ ")]
        topics = {topic.rpartition("metric/")[2].replace("/", ".") for topic, data in broker.retained.items() if data}
        assert sent == sorted(topics & set(vehicle_metrics("NL")))
        assert EXTRA in sent
        assert [each["value"] for each in options] == sent + sorted(set(vehicle_metrics("NL")) - set(sent))

        await broker.stop()
        result = await hass.config_entries.options.async_init(car.entry.entry_id)
        assert result["data_schema"] is not None
        options = result["data_schema"].schema["extra_metrics"].config["options"]
        assert [each["label"] for each in options] == sorted(vehicle_metrics("NL"))


@pytest.mark.parametrize("vehicle_type", [None, "", "DEMO", "NEW1"])
async def test_a_type_without_metrics_of_its_own(
    hass: HomeAssistant, broker: EmbeddedBroker, vehicle_type: str | None
) -> None:
    """A choice among nothing is not shown."""
    entry = vehicle_entry(broker, vehicle_type)
    entry.add_to_hass(hass)
    result = await hass.config_entries.options.async_init(entry.entry_id)
    assert shown(result["data_schema"]) == DEFAULTS


async def test_what_never_becomes_a_sensor_is_not_offered(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """A number that names the car is no reading."""
    entry = vehicle_entry(broker, "SE")
    entry.add_to_hass(hass)
    result = await hass.config_entries.options.async_init(entry.entry_id)
    assert result["data_schema"] is not None
    offered = {each["value"] for each in result["data_schema"].schema["extra_metrics"].config["options"]}
    assert offered == set(vehicle_metrics("SE")) - {"xse.mybms.batt.vin"}


async def test_metrics_of_a_former_type_are_not_offered_again(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """A module can be told its right type later; what was chosen before must not block the form."""
    options: dict[str, Any] = {**DEFAULTS, "extra_metrics": [EXTRA, "xvu.e.hv.plgstate"]}
    entry = vehicle_entry(broker, "NL", options=options)
    entry.add_to_hass(hass)
    result = await hass.config_entries.options.async_init(entry.entry_id)
    assert shown(result["data_schema"]) == {**DEFAULTS, "extra_metrics": [EXTRA]}
