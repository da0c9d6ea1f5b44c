"""The form of the translations, as hassfest wants it, and that every language has all of it."""

from collections.abc import Mapping
import re
from typing import Any, Final

from homeassistant.helpers import config_validation as cv
import probatio as vol
import pytest

from .files import ENGLISH, LANGUAGES, Tree, leaves, placeholders

_SLUG: Final = re.compile(r"[a-z0-9]+(?:[_-][a-z0-9]+)*")
# What a host name with dots follows; the protocol alone may be named.
_ADDRESS: Final = re.compile(r"(?:\b[a-z][a-z0-9+]*://|\bwww\.)\w[\w-]*\.\w", re.IGNORECASE)
_QUOTED_PLACEHOLDER: Final = re.compile(r"'{\w+}'")
_REFERENCE: Final = re.compile(r"\[%|%\]")


def slug(key: object) -> str:
    """A key that Home Assistant finds."""
    if not isinstance(key, str) or not _SLUG.fullmatch(key):
        raise vol.Invalid(f"{key} is no slug")
    return key


def plain(text: object) -> str:
    """A text that is shown as it is written."""
    if not isinstance(text, str) or not text.strip():
        raise vol.Invalid("says nothing")
    cv.string_with_no_html(text)
    if text != text.strip() or "  " in text:
        raise vol.Invalid("has blanks that nobody sees")
    if _ADDRESS.search(text):
        raise vol.Invalid("has an address in it, which translators would have to copy; give it as a placeholder")
    if _QUOTED_PLACEHOLDER.search(text):
        raise vol.Invalid("has a placeholder in quotes, which swallow it")
    if _REFERENCE.search(text):
        raise vol.Invalid("refers to another text, which only Home Assistant's own integrations can")
    try:
        names = placeholders(text)
    except ValueError as error:
        raise vol.Invalid("has a brace that is open") from error
    if not all(name.isidentifier() for name in names):
        raise vol.Invalid("has a placeholder that nobody can fill")
    return text


def fixed(text: object) -> str:
    """A text that nothing is filled into: of states, attributes and units."""
    if placeholders(plain(text)):
        raise vol.Invalid("has a placeholder where none is filled")
    return str(text)


def optional(**parts: object) -> dict[vol.Marker, object]:
    """Parts that may be left out."""
    return {vol.Optional(name): part for name, part in parts.items()}


def required(*names: str) -> dict[vol.Marker, object]:
    """Texts that must be there."""
    return {vol.Required(name): plain for name in names}


PLAIN: Final = {slug: plain}
FIXED: Final = {slug: fixed}
FIELDS: Final = optional(data=PLAIN, data_description=PLAIN)
SECTION: Final = {**required("name"), **optional(description=plain), **FIELDS}
STEP: Final = {
    **required("title"),
    **optional(description=plain, menu_options=PLAIN, menu_option_descriptions=PLAIN, submit=plain),
    **FIELDS,
    **optional(sections={slug: SECTION}),
}
FLOW: Final = {
    vol.Required("step"): {slug: STEP},
    **optional(abort=PLAIN, create_entry=PLAIN, error=PLAIN, progress=PLAIN),
}
CONFIG: Final = {**FLOW, **optional(flow_title=plain)}
SUBENTRY: Final = {
    **FLOW,
    **required("entry_type"),
    vol.Required("initiate_flow"): {vol.Required("user"): plain, vol.Optional("reconfigure"): plain},
}
ATTRIBUTE: Final = {vol.Required("name"): fixed, **optional(state=FIXED)}
ENTITY: Final = {
    **required("name"),
    **optional(state=FIXED, state_attributes={slug: ATTRIBUTE}, unit_of_measurement=fixed),
}
NAMED: Final = required("name", "description")
ACTION: Final = {**NAMED, vol.Required("fields"): {slug: NAMED}, **optional(sections={slug: required("name")})}
ISSUE: Final = vol.Any({**required("title", "description")}, {**required("title"), vol.Required("fix_flow"): FLOW})
SELECTOR: Final = vol.Any(
    *({vol.Required(part): {slug: form}} for part, form in (("options", plain), ("fields", NAMED)))
)

SCHEMA: Final = vol.Schema(
    {
        vol.Required("config"): CONFIG,
        vol.Required("entity"): {slug: {slug: ENTITY}},
        vol.Required("exceptions"): {slug: required("message")},
        vol.Required("issues"): {slug: ISSUE},
        vol.Required("options"): FLOW,
        vol.Required("selector"): {slug: SELECTOR},
        vol.Required("services"): {slug: ACTION},
        **optional(config_subentries={slug: SUBENTRY}, device={slug: required("name")}),
    }
)

WRONG_TEXTS: Final = {
    "nothing": " ",
    "a blank at its end": "Charging ",
    "markup": "Charging <b>fast</b>",
    "an address": "See https://docs.openvehicles.com/en/latest for more",
    "an address without a protocol": "See www.openevse.com for more",
    "a placeholder in quotes": "The command '{command}' failed",
    "a placeholder with a blank": "The command {the command} failed",
    "a placeholder without a name": "The command {} failed",
    "an open brace": "The command {command failed",
    "a reference": "[%key:common::config_flow::data::host%]",
}
WRONG_FORMS: Final[Mapping[str, Tree]] = {
    "an unknown part": {"device_automation": {}},
    "an entity without a name": {"entity": {"sensor": {"soc": {"state": {"low": "Low"}}}}},
    "a state that is no slug": {"entity": {"sensor": {"soc": {"name": "Charge", "state": {"Low": "Low"}}}}},
    "a state with a placeholder": {"entity": {"sensor": {"soc": {"name": "Charge", "state": {"low": "{x}"}}}}},
    "an action without a description": {"services": {"show_text": {"name": "Show", "fields": {}}}},
    "an issue that is explained and mended": {
        "issues": {"moved": {"title": "Moved", "description": "Moved", "fix_flow": {"step": {}}}}
    },
    "an issue without either": {"issues": {"moved": {"title": "Moved"}}},
    "a subentry that nobody can add": {"config_subentries": {"point": {"step": {}, "entry_type": "Point"}}},
    "a step without a title": {"options": {"step": {"init": {"data": {"mode": "Mode"}}}}},
}


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_translations_are_valid(language: str) -> None:
    """Keys, forms and texts."""
    SCHEMA(dict(LANGUAGES[language]))


@pytest.mark.parametrize("text", WRONG_TEXTS.values(), ids=list(WRONG_TEXTS))
def test_a_text_that_hassfest_refuses_is_refused_here(text: str) -> None:
    """So that the test above tells something."""
    with pytest.raises(vol.Invalid):
        plain(text)


@pytest.mark.parametrize("text", ["Between {low} and {high} %", "Use http://, or https:// if it can.", "OpenEVSE 5.1"])
def test_a_text_that_is_fine_is_taken(text: str) -> None:
    """A protocol may be named, and a version is no address."""
    assert plain(text) == text


@pytest.mark.parametrize("change", WRONG_FORMS.values(), ids=list(WRONG_FORMS))
def test_a_form_that_hassfest_refuses_is_refused_here(change: Tree) -> None:
    """So that the test above tells something."""
    with pytest.raises(vol.Invalid):
        SCHEMA({**ENGLISH, **change})


def test_the_languages_of_its_users_are_there() -> None:
    """More may come; none of these may go."""
    assert LANGUAGES.keys() >= {"da", "de", "en", "es", "fr", "it", "nb", "nl", "pl", "sv"}


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_every_language_has_every_text(language: str) -> None:
    """One that is missing is shown in English in between, and one that is too much is shown nowhere."""
    english, other = dict(leaves(ENGLISH)), dict(leaves(LANGUAGES[language]))
    assert english.keys() - other.keys() == set()
    assert other.keys() - english.keys() == set()


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_every_language_fills_in_the_same(language: str) -> None:
    """What is left out is lost, and what nobody gives is shown as it is written."""
    english = dict(leaves(ENGLISH))
    other = {path: placeholders(text) for path, text in leaves(LANGUAGES[language])}
    assert {path: names for path, names in other.items() if names != placeholders(english.get(path, ""))} == {}


def test_languages_are_called_as_home_assistant_calls_them() -> None:
    """A file of another name is never read."""
    assert all(re.fullmatch(r"[a-z]{2,3}(?:-[A-Z]{2}|-[A-Z][a-z]{3})?", language) for language in LANGUAGES)


def steps(tree: Mapping[str, Any]) -> list[Tree]:
    """The steps of every flow that there are texts for, and the sections within them."""
    found: list[Tree] = []
    for key, value in tree.items():
        if key == "step":
            found += value.values()
            found += [section for step in value.values() for section in step.get("sections", {}).values()]
        elif isinstance(value, Mapping):
            found += steps(value)
    return found


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_config_flow(language: str) -> None:
    """Every field of every form is explained: its name says what to enter, and what is below it where to find that."""
    found = steps(LANGUAGES[language])
    assert found
    for step in found:
        assert step.get("data", {}).keys() == step.get("data_description", {}).keys()


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_a_description_of_a_choice_is_of_one_that_is_there(language: str) -> None:
    """Not every choice of a menu needs more than its name."""
    for step in steps(LANGUAGES[language]):
        assert step.get("menu_option_descriptions", {}).keys() <= step.get("menu_options", {}).keys()
