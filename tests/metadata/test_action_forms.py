"""The forms of the actions, as hassfest wants them, and as the actions themselves take what is entered."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from homeassistant.const import ATTR_CONFIG_ENTRY_ID
from homeassistant.helpers import config_validation as cv, selector
import probatio as vol
import pytest
import yaml

from custom_components.open_ev.const import DOMAIN
from tests.actions import ACTIONS

from .files import ACTION_FORMS, ENGLISH, Tree

FIELD: Final = {
    vol.Required("selector"): selector.validate_selector,
    vol.Optional("default"): vol.NotIn([None]),
    vol.Optional("example"): vol.NotIn([None]),
    vol.Optional("required"): bool,
}
SECTION: Final = {vol.Required("fields"): {cv.slug: FIELD}, vol.Optional("collapsed"): bool}
SCHEMA: Final = vol.Schema({cv.slug: {vol.Required("fields"): {cv.slug: vol.Any(FIELD, SECTION)}}})

WRONG: Final[Mapping[str, Tree]] = {
    "a selector that nobody knows": {"selector": {"slider": {}}},
    "a selector with an unknown setting": {"selector": {"number": {"minimum": 1}}},
    "a number without its range": {"selector": {"number": {"mode": "slider"}}},
    "a name, which translations give": {"selector": {"boolean": {}}, "name": "On"},
    "a default of nothing": {"selector": {"boolean": {}}, "default": None},
}


def fields_of(action: str) -> Mapping[str, Tree]:
    """The fields of an action by their names, those in sections among them."""
    found: dict[str, Tree] = {}
    for name, field in ACTION_FORMS[action]["fields"].items():
        found |= field.get("fields", {name: field})
    return found


def test_forms_are_valid() -> None:
    """By Home Assistant's own selectors."""
    SCHEMA(dict(ACTION_FORMS))


@pytest.mark.parametrize("field", WRONG.values(), ids=list(WRONG))
def test_what_hassfest_refuses_is_refused_here(field: Tree) -> None:
    """So that the test above tells something."""
    with pytest.raises(vol.Invalid):
        SCHEMA({"show_text": {"fields": {"line_1": field}}})


@pytest.mark.parametrize("action", sorted(ACTION_FORMS))
def test_a_device_is_chosen_among_our_own(action: str) -> None:
    """By its config entry, which may be left out where there is one only."""
    field = fields_of(action)[ATTR_CONFIG_ENTRY_ID]
    assert field["selector"] == {"config_entry": {"integration": DOMAIN}}
    assert not field.get("required", False)


def given(action: str) -> Iterator[tuple[str, object]]:
    """What the form of an action can give: defaults, examples, the ends of ranges and every option of a choice."""
    for name, field in fields_of(action).items():
        if "default" in field:
            yield name, field["default"]
        if "example" in field:
            yield name, yaml.safe_load(field["example"]) if field["example"].startswith("[") else field["example"]
        match field["selector"]:
            case {"number": {"min": least, "max": most}}:
                yield from ((name, value) for value in (least, most, float(least), float(most)))
            case {"select": {"options": options, **settings}}:
                chosen = [option if isinstance(option, str) else option["value"] for option in options]
                yield from ((name, [value] if settings.get("multiple") else value) for value in chosen)
            case {"boolean": _}:
                yield from ((name, value) for value in (True, False))


@pytest.mark.parametrize("action", sorted(ACTION_FORMS))
def test_an_action_takes_whatever_its_form_gives(action: str) -> None:
    """A slider that ends beyond what is taken leads to an error that nobody understands."""
    validators: Mapping[str, Any] = {str(field): validator for field, validator in ACTIONS[action].fields.items()}
    for name, value in given(action):
        vol.Schema(validators[name])(value)


@pytest.mark.parametrize("action", sorted(ACTION_FORMS))
def test_a_default_of_the_form_is_what_the_action_takes_without_it(action: str) -> None:
    """The form shows what happens if nothing is entered; what has to be entered may be filled in with anything."""
    for marker, validator in ACTIONS[action].fields.items():
        field = fields_of(action)[str(marker)]
        if "default" in field and isinstance(marker, vol.Optional):
            schema = vol.Schema({marker: validator})
            assert schema({}) == schema({str(marker): field["default"]})


@pytest.mark.parametrize("action", sorted(ACTION_FORMS))
def test_every_choice_has_a_text(action: str) -> None:
    """Options are slugs with texts; a choice without them would show the slugs."""
    for field in fields_of(action).values():
        for settings in field["selector"].values():
            if settings and "options" in settings:
                texts = ENGLISH["selector"][settings["translation_key"]]["options"]
                assert set(settings["options"]) == set(texts)
