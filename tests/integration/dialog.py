"""Flows as a frontend drives them, and what is in front of them: cars on a broker."""

from typing import Any

from homeassistant.config_entries import SOURCE_USER, ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType, section
import probatio as vol
import pytest

from custom_components.open_ev.const import DOMAIN
from simulators.broker import EmbeddedBroker
from simulators.ovms_module import OvmsModule

# aiohttp asks Home Assistant's server to name its data in another way.
uses_home_assistants_server = pytest.mark.filterwarnings(
    "ignore:It is recommended to use web.AppKey:aiohttp.web.NotAppKeyWarning"
)

PREFIX = "ovms/demo/LEAF1/"

ADVANCED = {"tls_insecure": False, "transport": "tcp", "websocket_path": "/", "protocol": "3.1.1"}


async def start(hass: HomeAssistant, *choices: str) -> ConfigFlowResult:
    """Add a device by hand, up to what the choices in the menus lead to."""
    result = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})
    return await choose(hass, result, *choices)


async def choose(hass: HomeAssistant, result: ConfigFlowResult, *choices: str) -> ConfigFlowResult:
    """Choose in menus."""
    for choice in choices:
        assert result["type"] is FlowResultType.MENU
        result = await submit(hass, result, {"next_step_id": choice})
    return result


async def submit(
    hass: HomeAssistant, result: ConfigFlowResult, typed: dict[str, Any] | None = None
) -> ConfigFlowResult:
    """Submit a form, and wait while progress is shown."""
    result = await hass.config_entries.flow.async_configure(result["flow_id"], {} if typed is None else typed)
    return await settled(hass, result)


async def settled(hass: HomeAssistant, result: ConfigFlowResult) -> ConfigFlowResult:
    """Wait while progress is shown."""
    while result["type"] is FlowResultType.SHOW_PROGRESS:
        await hass.async_block_till_done()
        result = await hass.config_entries.flow.async_configure(result["flow_id"])
    return result


def shown(schema: vol.Schema | None) -> dict[str, Any]:
    """What a form shows: suggested values and defaults, those of sections among them."""
    assert schema is not None
    values: dict[str, Any] = {}
    for field, kind in schema.schema.items():
        if isinstance(kind, section):
            values |= shown(kind.schema)
        elif field.description and "suggested_value" in field.description:
            values[str(field)] = field.description["suggested_value"]
        elif not isinstance(field.default, vol.Undefined):
            values[str(field)] = field.default()
    return values


def car(broker: EmbeddedBroker, prefix: str = PREFIX, vehicle_type: str = "NL", **settings: Any) -> OvmsModule:
    """A car whose module's clock stands still."""
    vehicle_id = prefix.strip("/").rpartition("/")[2]
    return OvmsModule(
        broker.host,
        broker.port,
        **{"prefix": prefix, "vehicle_type": vehicle_type, "vehicle_id": vehicle_id, "speed": 0, **settings},
    )


def own(broker: EmbeddedBroker, **typed: Any) -> dict[str, Any]:
    """What is typed to reach the broker; `advanced` fields go to their section."""
    advanced = ADVANCED | typed.pop("advanced", {})
    return {"host": broker.host, "port": broker.port, "tls": False, "advanced": advanced, **typed}


def labels(result: ConfigFlowResult) -> dict[str, str]:
    """The cars to choose from, by prefix."""
    schema = result["data_schema"]
    assert schema is not None
    return {option["value"]: option["label"] for option in schema.schema["vehicle"].config["options"]}


def assert_error(result: ConfigFlowResult, step: str, errors: dict[str, str]) -> None:
    """Check that a form is shown with errors."""
    assert (result["type"], result.get("step_id"), result.get("errors")) == (FlowResultType.FORM, step, errors)
