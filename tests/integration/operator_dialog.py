"""What a person types to set an operator up, and what comes of it."""

from typing import Any

from homeassistant.config_entries import ConfigEntry, ConfigFlowResult, SubentryFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType

from custom_components.open_ev.const import DOMAIN
from simulators.cpo import Cpo

from .dialog import start, submit
from .plaza import CONTRACT_ID, DRIVER_UID, OWN_TOKEN, TOKEN

DRIVER = {"driver_uid": DRIVER_UID, "contract_id": CONTRACT_ID, "driver_type": "app_user", "issuer": "Home"}


def connection(cpo: Cpo, **changes: Any) -> dict[str, Any]:
    """What is typed into the first form; what is None is left out."""
    typed = {
        "versions_url": cpo.versions_url,
        "token": TOKEN,
        "own_token": OWN_TOKEN,
        "country_code": "nl",
        "party_id": "hom",
        "advanced": {"encoding": changes.pop("encoding", "auto")},
        **changes,
    }
    return {key: value for key, value in typed.items() if value is not None}


async def connect(hass: HomeAssistant, cpo: Cpo, **changes: Any) -> ConfigFlowResult:
    """Fill the first form in."""
    return await submit(hass, await start(hass, "operator"), connection(cpo, **changes))


async def add(hass: HomeAssistant, cpo: Cpo, **changes: Any) -> ConfigFlowResult:
    """Add an operator, with the driver that is meant unless `changes` name another."""
    driver = {key: changes.pop(key, value) for key, value in DRIVER.items()}
    result = await submit(hass, await connect(hass, cpo, **changes), driver)
    await hass.async_block_till_done()
    return result


def added(hass: HomeAssistant) -> ConfigEntry:
    """The only entry."""
    [entry] = hass.config_entries.async_entries(DOMAIN)
    return entry


# Charge points


async def start_choice(hass: HomeAssistant, entry: ConfigEntry) -> SubentryFlowResult:
    """Add a charge point to an operator, up to the first form."""
    return await hass.config_entries.subentries.async_init((entry.entry_id, "charge_point"), context={"source": "user"})


async def change_choice(hass: HomeAssistant, entry: ConfigEntry, subentry_id: str) -> SubentryFlowResult:
    """Put another charge point in the place of one, up to the first form."""
    return await hass.config_entries.subentries.async_init(
        (entry.entry_id, "charge_point"), context={"source": "reconfigure", "subentry_id": subentry_id}
    )


async def choose(hass: HomeAssistant, result: SubentryFlowResult, **typed: str) -> SubentryFlowResult:
    """Fill one of its forms in."""
    result = await hass.config_entries.subentries.async_configure(result["flow_id"], typed)
    await hass.async_block_till_done()
    return result


def choices(result: SubentryFlowResult, field: str) -> dict[str, str]:
    """What there is to choose from."""
    assert result["type"] is FlowResultType.FORM
    schema = result["data_schema"]
    assert schema is not None
    return {option["value"]: option["label"] for option in schema.schema[field].config["options"]}
