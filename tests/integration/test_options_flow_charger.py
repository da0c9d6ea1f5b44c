"""A person chooses how a charger does what can be done in two ways."""

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType, InvalidData
import pytest

from simulators.openevse import Generation

from .charger_actions import act
from .charger_dialog import entry_for, standing
from .dialog import shown
from .driveway import SINCE_MANAGER, WITHOUT_MANAGER, installed

DISABLED = 255


@pytest.mark.parametrize("generation", WITHOUT_MANAGER)
async def test_cars_that_do_not_wake_from_sleep(hass: HomeAssistant, generation: Generation) -> None:
    """What is chosen is kept, shown again, and counts at once."""
    async with installed(hass, generation) as station:
        station.evse.plug_in()
        entry, charger = station.entry, station.charger
        result = await hass.config_entries.options.async_init(entry.entry_id)
        assert (result["type"], result["step_id"]) == (FlowResultType.FORM, "init")
        assert shown(result["data_schema"]) == {"pauses_disabled": False}
        result = await hass.config_entries.options.async_configure(result["flow_id"], {"pauses_disabled": True})
        assert result["type"] is FlowResultType.CREATE_ENTRY
        assert entry.options == {"pauses_disabled": True}
        await hass.async_block_till_done()
        assert entry.state is ConfigEntryState.LOADED
        assert station.charger is not charger
        await station.charger.stop()
        assert station.evse.state == DISABLED
        result = await hass.config_entries.options.async_init(entry.entry_id)
        assert shown(result["data_schema"]) == {"pauses_disabled": True}


@pytest.mark.parametrize("generation", SINCE_MANAGER)
async def test_a_mode_for_one_car(hass: HomeAssistant, generation: Generation) -> None:
    """Chosen in Home Assistant, it ends when the car leaves, if that is wanted."""
    async with installed(hass, generation) as station:
        result = await hass.config_entries.options.async_init(station.entry.entry_id)
        assert shown(result["data_schema"]) == {"until_unplugged": False}
        await hass.config_entries.options.async_configure(result["flow_id"], {"until_unplugged": True})
        await hass.async_block_till_done()
        station.evse.plug_in()
        await station.looked()
        await station.call("mode", "select.select_option", option="off")
        assert not station.evse.relay_closed
        station.evse.unplug()
        station.evse.plug_in()
        assert station.evse.relay_closed


@pytest.mark.parametrize("generation", SINCE_MANAGER)
async def test_a_mode_for_one_car_by_an_action(hass: HomeAssistant, generation: Generation) -> None:
    """The action that leaves open how long it counts means what was chosen for the charger."""
    async with installed(hass, generation) as station:
        result = await hass.config_entries.options.async_init(station.entry.entry_id)
        await hass.config_entries.options.async_configure(result["flow_id"], {"until_unplugged": True})
        await hass.async_block_till_done()
        station.evse.plug_in()
        await station.looked()
        await act(station, "set_override", mode="off")
        assert not station.evse.relay_closed
        station.evse.unplug()
        station.evse.plug_in()
        assert station.evse.relay_closed


async def test_nothing_is_changed(hass: HomeAssistant) -> None:
    """Who changes nothing does not have the charger loaded again."""
    async with installed(hass) as station:
        runtimes = []
        for _ in range(2):
            result = await hass.config_entries.options.async_init(station.entry.entry_id)
            result = await hass.config_entries.options.async_configure(result["flow_id"], {})
            assert result["data"] == {"until_unplugged": False}
            await hass.async_block_till_done()
            runtimes.append(station.entry.runtime_data)
        assert runtimes[0] is runtimes[1]


async def test_a_charger_that_is_away(hass: HomeAssistant) -> None:
    """What its firmware can do is not known then, so all can be chosen; what is not shown later stays."""
    async with standing(hass) as charger:
        entry = entry_for(charger)
        entry.add_to_hass(hass)
        chosen = {"until_unplugged": True, "pauses_disabled": True}
        result = await hass.config_entries.options.async_init(entry.entry_id)
        assert shown(result["data_schema"]) == {"until_unplugged": False, "pauses_disabled": False}
        with pytest.raises(InvalidData):
            await hass.config_entries.options.async_configure(result["flow_id"], {"pace": "fast"})
        await hass.config_entries.options.async_configure(result["flow_id"], chosen)
        assert entry.options == chosen
        await hass.async_block_till_done()
        assert entry.state is ConfigEntryState.LOADED
        result = await hass.config_entries.options.async_init(entry.entry_id)
        await hass.config_entries.options.async_configure(result["flow_id"], {"until_unplugged": False})
        assert entry.options == {"until_unplugged": False, "pauses_disabled": True}
        await hass.async_block_till_done()
