"""A person adds a charger by hand."""

from homeassistant.core import HomeAssistant

from simulators.openevse import Generation, OpenEvse

from .charger_dialog import add, assert_created, generations, unique_id
from .dialog import assert_error, shown, start


@generations
async def test_two_clicks(hass: HomeAssistant, generation: Generation) -> None:
    """The kind of device, its address, done; nothing is asked for that the charger does not want."""
    async with OpenEvse(generation) as charger:
        form = await start(hass, "charger")
        assert_error(form, "charger", {})
        assert shown(form["data_schema"]) == {}
        result = await add(hass, charger.url)
        assert_created(result, charger)
        assert result["result"].unique_id == unique_id(charger)
        assert [(each.method, each.path) for each in charger.requests[:2]] == [("GET", "/status"), ("GET", "/config")]
