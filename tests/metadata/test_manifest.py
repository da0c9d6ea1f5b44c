"""The manifest, as hassfest wants it of a custom integration."""

import re
from typing import Final

from awesomeversion import AwesomeVersion, AwesomeVersionStrategy
from homeassistant.const import Platform
import probatio as vol
import pytest

from custom_components.open_ev import PLATFORMS_BY_KIND
from custom_components.open_ev.config_flow import OpenEvConfigFlow
from custom_components.open_ev.const import DOMAIN

from .files import INTEGRATION, MANIFEST, PACKAGE, code, imports_of, platform_files


def lower(text: object) -> str:
    """What Home Assistant compares with a text that it has made small."""
    if not isinstance(text, str) or text != text.lower():
        raise vol.Invalid("capital letters never match")
    return text


def link(text: object) -> str:
    """An address that can be trusted on the way, and that is not Home Assistant's own documentation."""
    if not isinstance(text, str) or not re.fullmatch(r"https://(?!www\.home-assistant\.io)\S+", text):
        raise vol.Invalid("no link of ours")
    return text


def version(text: object) -> str:
    """A version that can be compared, those of betas among them: HACS offers an update by it."""
    if AwesomeVersion(str(text)).strategy not in {AwesomeVersionStrategy.SEMVER, AwesomeVersionStrategy.PEP440}:
        raise vol.Invalid("no version")
    return str(text)


DISCOVERIES: Final = ("bluetooth", "dhcp", "homekit", "mqtt", "ssdp", "usb", "zeroconf")
SCHEMA: Final = vol.Schema(
    {
        vol.Required("domain"): DOMAIN,
        vol.Required("name"): str,
        vol.Optional("after_dependencies"): [str],
        vol.Required("codeowners"): vol.All([vol.Match(r"^@[\w-]+$")], vol.Length(min=1)),
        vol.Required("config_flow"): True,
        vol.Optional("dependencies"): [str],
        vol.Optional("dhcp"): [
            {
                vol.Optional("hostname"): lower,
                vol.Optional("macaddress"): vol.Match(r"^[0-9A-F]*\*$"),
                vol.Optional("registered_devices"): bool,
            }
        ],
        vol.Required("documentation"): link,
        # A charger or a car each; a hub would be what other devices are reached through.
        vol.Required("integration_type"): vol.In({"device", "hub"}),
        vol.Required("iot_class"): vol.In({"cloud_polling", "cloud_push", "local_polling", "local_push"}),
        vol.Required("issue_tracker"): link,
        vol.Optional("loggers"): [str],
        vol.Optional("mqtt"): [str],
        # Home Assistant shows it for its own integrations only; what is said all the same has to be a tier.
        vol.Optional("quality_scale"): vol.In({"bronze", "silver", "gold", "platinum"}),
        vol.Optional("requirements"): [vol.Match(r"^[a-z0-9-]+==[0-9][0-9a-z.]*$")],
        vol.Required("version"): version,
        vol.Optional("zeroconf"): [
            vol.Any(
                lower,
                {
                    vol.Required("type"): lower,
                    vol.Optional("name"): lower,
                    vol.Optional("properties"): {lower: lower},
                },
            )
        ],
    }
)

WRONG: Final = {
    "a key that nobody knows": {"homepage": "https://example.org"},
    "a requirement of any version": {"requirements": ["aiomqtt>=2"]},
    "a name with capitals": {"dhcp": [{"hostname": "OpenEVSE*"}]},
    "an address in small letters": {"dhcp": [{"macaddress": "aabbcc*"}]},
    "a documentation that is not ours": {"documentation": "https://www.home-assistant.io/integrations/mqtt"},
    "a link that is not encrypted": {"issue_tracker": "http://example.org"},
    "an owner without an account": {"codeowners": ["somebody"]},
    "no version": {"version": "newest"},
    "an unknown tier": {"quality_scale": "gilded"},
    "an unknown class": {"iot_class": "push"},
}


def test_the_manifest_is_valid() -> None:
    """With what a custom integration needs beside: version and issue tracker."""
    SCHEMA(dict(MANIFEST))
    assert INTEGRATION.name == DOMAIN
    assert MANIFEST["issue_tracker"] == f"{MANIFEST['documentation']}/issues"


@pytest.mark.parametrize("change", WRONG.values(), ids=list(WRONG))
def test_what_hassfest_refuses_is_refused_here(change: dict[str, object]) -> None:
    """So that the test above tells something."""
    with pytest.raises(vol.Invalid):
        SCHEMA({**MANIFEST, **change})


def test_the_manifest_is_sorted() -> None:
    """Domain and name first, then the alphabet."""
    keys = list(MANIFEST)
    assert keys == ["domain", "name", *sorted(set(keys) - {"domain", "name"})]


def test_loggers_are_those_of_requirements() -> None:
    """They are silenced with the integration."""
    packages = {requirement.partition("==")[0] for requirement in MANIFEST["requirements"]}
    assert set(MANIFEST["loggers"]) <= packages


def test_every_discovery_ends_in_a_step_and_every_step_is_discovered() -> None:
    """Home Assistant starts the flow with the step that is named like the key."""
    steps = {each for each in DISCOVERIES if f"async_step_{each}" in vars_of(OpenEvConfigFlow)}
    assert steps == MANIFEST.keys() & set(DISCOVERIES)


def vars_of(kind: type) -> set[str]:
    """What a class has of its own house; Home Assistant's base has a step for each discovery."""
    return {name for base in kind.__mro__ if base.__module__.startswith(PACKAGE) for name in vars(base)}


def test_discovery_listens_to_prefixes_of_one_to_three_levels() -> None:
    """Deeper ones are typed."""
    assert MANIFEST["mqtt"] == [f"{'+/' * levels}metric/s/v3/connected" for levels in (1, 2, 3)]


def test_what_is_used_of_home_assistant_is_loaded_before() -> None:
    """An integration that is imported without being named may not be there, or not be ready.

    A platform of an integration is loaded by that integration, and entity platforms are always there.
    """
    named = {*MANIFEST.get("dependencies", ()), *MANIFEST.get("after_dependencies", ()), *Platform}
    for path, tree in code().items():
        used = {name.split(".")[2] for name in imports_of(tree) if name.startswith("homeassistant.components.")}
        assert used <= {*named, path.stem}, path


def test_every_platform_has_a_file_and_every_file_is_loaded() -> None:
    """One that is forgotten leaves its entities out without a word."""
    assert {platform for platforms in PLATFORMS_BY_KIND.values() for platform in platforms} == platform_files()
    for platforms in PLATFORMS_BY_KIND.values():
        assert list(platforms) == sorted(set(platforms))
