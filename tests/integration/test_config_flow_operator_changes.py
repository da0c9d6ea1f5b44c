"""An operator that is set up is somewhere else, wants another token, or is asked at another pace; or another driver charges."""

from collections.abc import AsyncGenerator
from typing import Any

from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntryState, ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType, InvalidData
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.open_ev.const import DOMAIN
from simulators.cpo import Command, Cpo, Version

from .dialog import assert_error, shown, submit
from .operator_dialog import DRIVER, connection
from .plaza import OWN_TOKEN, TOKEN, Plaza, operated, operator_data, operator_entry, uses_webhooks

pytestmark = uses_webhooks


@pytest.fixture
async def elsewhere(socket_enabled: None) -> AsyncGenerator[Cpo]:
    """Another operator, or the same one at another address."""
    async with Cpo(Version.V2_3_0, token=TOKEN, callback_token=OWN_TOKEN) as cpo:
        yield cpo


def assert_aborted(result: ConfigFlowResult, reason: str) -> None:
    """Check that a flow has ended, and why."""
    assert (result["type"], result.get("reason")) == (FlowResultType.ABORT, reason)


async def reconfigure(
    hass: HomeAssistant, entry: MockConfigEntry, cpo: Cpo, driver: dict[str, str] | None = None, **typed: Any
) -> ConfigFlowResult:
    """Change how an operator is reached, and who charges."""
    result = await submit(hass, await entry.start_reconfigure_flow(hass), connection(cpo, **typed))
    if result["type"] is FlowResultType.FORM and result["step_id"] == "operator_driver":
        result = await submit(hass, result, {**DRIVER, **(driver or {})})
    return result


# Reauthentication


async def asked_for_token(plaza: Plaza) -> ConfigFlowResult:
    """The form that asks for a token since the operator has taken the old one back."""
    flows = plaza.hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    [flow] = [flow for flow in flows if flow["context"]["source"] == SOURCE_REAUTH]
    return await plaza.hass.config_entries.flow.async_configure(flow["flow_id"])


async def test_another_token(hass: HomeAssistant) -> None:
    """It is proved before it is kept, and the charge points are back."""
    async with operated(hass, set_up=False) as plaza:
        plaza.cpo.token = "operator-secret-9"
        await plaza.set_up()
        result = await asked_for_token(plaza)
        assert_error(result, "operator_reauth", {})
        assert result["description_placeholders"] == {"name": "Open Operator"}
        for typed, errors in (
            (TOKEN, {"base": "operator_unauthorized"}),
            ("two words", {"token": "malformed_token"}),
        ):
            result = await submit(hass, result, {"token": typed})
            assert_error(result, "operator_reauth", errors)
            assert shown(result["data_schema"]) == {}
        plaza.cpo.knobs.status = 500
        result = await submit(hass, result, {"token": "operator-secret-9"})
        assert_error(result, "operator_reauth", {"base": "operator_status"})
        plaza.cpo.heal()
        assert_aborted(await submit(hass, result, {"token": " operator-secret-9 "}), "reauth_successful")
        await hass.async_block_till_done()
        assert plaza.entry.data == operator_data(plaza.cpo, token="operator-secret-9")
        assert plaza.entry.state is ConfigEntryState.LOADED
        assert plaza.place().state("status") == "available"


async def test_the_same_token_that_is_known_again(hass: HomeAssistant) -> None:
    """Then there is nothing to change, and it is tried at once."""
    async with operated(hass, set_up=False) as plaza:
        plaza.cpo.token = "another"
        await plaza.set_up()
        result = await asked_for_token(plaza)
        plaza.cpo.token = TOKEN
        assert_aborted(await submit(hass, result, {"token": TOKEN}), "reauth_successful")
        await hass.async_block_till_done()
        assert plaza.entry.state is ConfigEntryState.LOADED


async def test_another_token_while_it_is_loaded(hass: HomeAssistant) -> None:
    """It is loaded again once."""
    async with operated(hass) as plaza:
        operator = plaza.operator
        plaza.entry.async_start_reauth(hass)
        await hass.async_block_till_done()
        result = await asked_for_token(plaza)
        plaza.cpo.token = "operator-secret-9"
        assert_aborted(await submit(hass, result, {"token": "operator-secret-9"}), "reauth_successful")
        await plaza.loaded_again(operator)
        assert plaza.place().state("status") == "available"


# Reconfiguration


async def test_what_is_known_is_shown(hass: HomeAssistant) -> None:
    """But for the operator's token; ours can be handed over again."""
    async with operated(hass) as plaza:
        result = await plaza.entry.start_reconfigure_flow(hass)
        assert_error(result, "operator_reconfigure", {})
        assert (result["description_placeholders"] or {})["name"] == "Open Operator"
        stored = operator_data(plaza.cpo)
        fields = ("versions_url", "own_token", "country_code", "party_id", "encoding")
        assert shown(result["data_schema"]) == {key: stored[key] for key in fields}
        result = await submit(hass, result, connection(plaza.cpo, token=None))
        assert shown(result["data_schema"]) == DRIVER


async def test_nothing_is_changed(hass: HomeAssistant) -> None:
    """The token is kept if none is typed."""
    async with operated(hass) as plaza:
        before, operator = dict(plaza.entry.data), plaza.operator
        assert_aborted(await reconfigure(hass, plaza.entry, plaza.cpo, token=None), "reconfigure_successful")
        await plaza.loaded_again(operator)
        assert plaza.entry.data == before


async def test_another_driver(hass: HomeAssistant) -> None:
    """With the next command."""
    async with operated(hass) as plaza:
        operator, unique_id = plaza.operator, plaza.entry.unique_id
        driver = {"driver_uid": "DRIVER-2", "driver_type": "rfid"}
        assert_aborted(await reconfigure(hass, plaza.entry, plaza.cpo, driver), "reconfigure_successful")
        await plaza.loaded_again(operator)
        assert plaza.entry.unique_id == unique_id
        plaza.cpo.plug_in()
        await plaza.place().start()
        session = plaza.cpo.session()
        assert session is not None
        assert (session.driver.uid, session.driver.type) == ("DRIVER-2", "RFID")


async def test_an_operator_that_has_moved(hass: HomeAssistant, elsewhere: Cpo) -> None:
    """Its charge points keep their entities. A token is never sent elsewhere than where it was typed for."""
    async with operated(hass) as plaza:
        operator = plaza.operator
        before = {entry.id for entry in er.async_entries_for_config_entry(er.async_get(hass), plaza.entry.entry_id)}
        result = await reconfigure(hass, plaza.entry, elsewhere, token=None)
        assert_error(result, "operator_reconfigure", {"token": "token_not_stored"})
        assert elsewhere.requests == []
        result = await submit(hass, result, connection(elsewhere))
        assert_aborted(await submit(hass, result, DRIVER), "reconfigure_successful")
        await plaza.loaded_again(operator)
        assert plaza.entry.data == operator_data(elsewhere)
        after = {entry.id for entry in er.async_entries_for_config_entry(er.async_get(hass), plaza.entry.entry_id)}
        assert after == before
        assert plaza.operator.client.version == "2.3.0"


@pytest.mark.parametrize("url", ["", "nowhere", "https://[]a@", "https://ocpi.invalid:1/versions"])
async def test_an_address_that_is_none(hass: HomeAssistant, url: str) -> None:
    """Without a token nothing is sent there."""
    async with operated(hass) as plaza:
        result = await reconfigure(hass, plaza.entry, plaza.cpo, versions_url=url, token=None)
        assert_error(result, "operator_reconfigure", {"token": "token_not_stored"})


async def test_one_that_is_there_already(hass: HomeAssistant, elsewhere: Cpo) -> None:
    """Two entries for one operator and one driver would be the same twice."""
    operator_entry(elsewhere, title="At work").add_to_hass(hass)
    async with operated(hass) as plaza:
        result = await reconfigure(hass, plaza.entry, elsewhere)
        assert_error(result, "operator_driver", {"base": "operator_taken"})
        assert result["description_placeholders"] == {"name": "At work"}


async def test_one_that_is_not_loaded(hass: HomeAssistant, elsewhere: Cpo) -> None:
    """It is tried at once."""
    async with operated(hass, set_up=False) as plaza:
        await plaza.cpo.refuse_connections()
        await plaza.set_up()
        assert_aborted(await reconfigure(hass, plaza.entry, elsewhere), "reconfigure_successful")
        await hass.async_block_till_done()
        assert plaza.entry.state is ConfigEntryState.LOADED


# Options


async def test_how_often_it_is_asked(hass: HomeAssistant) -> None:
    """What is chosen is kept, shown again, and counts at once."""
    async with operated(hass) as plaza:
        operator = plaza.operator
        result = await hass.config_entries.options.async_init(plaza.entry.entry_id)
        assert (result["step_id"], shown(result["data_schema"])) == ("init", {"poll_minutes": 30})
        result = await hass.config_entries.options.async_configure(result["flow_id"], {"poll_minutes": 5.0})
        assert result["type"] is FlowResultType.CREATE_ENTRY
        assert plaza.entry.options == {"poll_minutes": 5}
        await plaza.loaded_again(operator)
        result = await hass.config_entries.options.async_init(plaza.entry.entry_id)
        assert shown(result["data_schema"]) == {"poll_minutes": 5}


@pytest.mark.parametrize("minutes", [0, 1441, -1])
async def test_paces_that_help_nobody(hass: HomeAssistant, minutes: int) -> None:
    """All the time, or less than once a day."""
    async with operated(hass) as plaza:
        result = await hass.config_entries.options.async_init(plaza.entry.entry_id)
        with pytest.raises(InvalidData):
            await hass.config_entries.options.async_configure(result["flow_id"], {"poll_minutes": minutes})
        hass.config_entries.options.async_abort(result["flow_id"])
        assert plaza.cpo.scripts.keys() == set(Command)
