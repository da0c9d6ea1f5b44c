"""The icons, as hassfest wants them. That every entity and action has one is tested with their texts."""

from collections.abc import Iterator, Mapping
from importlib.resources import files
import json
import re
from typing import Final

import hass_frontend
import probatio as vol
import pytest

from .files import ENGLISH, ICONS, Tree
from .test_translation_files import slug


def known_icons() -> frozenset[str]:
    """The names of the icons that the frontend can draw; any other shows nothing."""
    listed = files(hass_frontend).joinpath("static", "mdi", "iconList.json").read_text(encoding="utf-8")
    return frozenset(f"mdi:{icon['name']}" for icon in json.loads(listed))


KNOWN: Final = known_icons()


def icon(name: object) -> str:
    """An icon that there is."""
    if name not in KNOWN:
        raise vol.Invalid(f"{name} is no icon")
    return str(name)


def rising(steps: Mapping[str, str]) -> Mapping[str, str]:
    """Steps of a value, the lowest first."""
    values = [float(step) for step in steps]
    if values != sorted(set(values)):
        raise vol.Invalid("steps do not rise")
    return steps


def telling(entity: Tree) -> Tree:
    """An entity whose icon changes when it says so."""
    if entity["default"] in entity.get("state", {}).values():
        raise vol.Invalid("a state has the icon that it has anyway")
    if "state" in entity and "range" in entity:
        raise vol.Invalid("a number has no states")
    return entity


STATES: Final = {slug: icon}
ATTRIBUTE: Final = {vol.Required("default"): icon, vol.Optional("state"): STATES}
ENTITY: Final = vol.All(
    {
        vol.Required("default"): icon,
        vol.Optional("range"): vol.All({vol.Match(r"^-?\d+(?:\.\d+)?$"): icon}, rising),
        vol.Optional("state"): STATES,
        vol.Optional("state_attributes"): {slug: ATTRIBUTE},
    },
    telling,
)
SCHEMA: Final = vol.Schema(
    {
        vol.Required("entity"): {slug: {slug: ENTITY}},
        vol.Required("services"): {slug: {vol.Required("service"): icon, vol.Optional("sections"): {slug: icon}}},
    }
)

WRONG: Final[Mapping[str, Tree]] = {
    "an icon that is not there": {"default": "mdi:no-such-icon"},
    "an icon of another family": {"default": "hass:car"},
    "a state with the usual icon": {"default": "mdi:car", "state": {"on": "mdi:car"}},
    "a state that is no slug": {"default": "mdi:car", "state": {"On": "mdi:car-off"}},
    "steps that fall": {"default": "mdi:car", "range": {"10": "mdi:fan", "5": "mdi:fan-off"}},
    "steps that are no numbers": {"default": "mdi:car", "range": {"low": "mdi:fan"}},
    "no icon but for states": {"state": {"on": "mdi:car"}},
}


def test_icons_are_valid() -> None:
    """Each of them can be drawn."""
    SCHEMA(dict(ICONS))


@pytest.mark.parametrize("entity", WRONG.values(), ids=list(WRONG))
def test_what_hassfest_refuses_is_refused_here(entity: Tree) -> None:
    """So that the test above tells something."""
    with pytest.raises(vol.Invalid):
        SCHEMA({**ICONS, "entity": {"sensor": {"soc": entity}}})


def icons_of_attributes() -> Iterator[tuple[str, str, str]]:
    """The attributes with icons of their own: platform, key and attribute."""
    for platform, entities in ICONS["entity"].items():
        for key, entity in entities.items():
            yield from ((platform, key, attribute) for attribute in entity.get("state_attributes", {}))


def test_attributes_with_icons_have_texts() -> None:
    """One without a text is not there."""
    for platform, key, attribute in icons_of_attributes():
        assert attribute in ENGLISH["entity"][platform][key]["state_attributes"]


def test_names_are_written_as_the_frontend_writes_them() -> None:
    """Its list has them without the family."""
    assert all(re.fullmatch(r"mdi:[a-z0-9-]+", name) for name in KNOWN)
