"""What Home Assistant's repairs show of the integration, and how a user has it mended there."""

from http import HTTPStatus
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.open_ev.const import DOMAIN


def issues(hass: HomeAssistant) -> set[str]:
    """What there is to mend, ignored or not."""
    registry = ir.async_get(hass)
    return {
        str(issue.translation_key)
        for (domain, _), issue in registry.issues.items()
        if domain == DOMAIN and issue.active
    }


async def mend_in_ui(
    hass: HomeAssistant, client_of: ClientSessionGenerator, issue_id: str, *, name: str
) -> dict[str, Any]:
    """Have an issue about the device of that name mended in the UI, as far as its last page."""
    assert await async_setup_component(hass, "repairs", {})
    client = await client_of()
    request = {"handler": DOMAIN, "issue_id": issue_id}
    response = await client.post("/api/repairs/issues/fix", json=request)
    assert response.status == HTTPStatus.OK
    form = await response.json()
    assert form["step_id"] == "confirm"
    assert form["description_placeholders"] == {"name": name}
    response = await client.post(f"/api/repairs/issues/fix/{form['flow_id']}", json={})
    assert response.status == HTTPStatus.OK
    result: dict[str, Any] = await response.json()
    return result
