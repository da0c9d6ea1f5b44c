"""What the forms of different devices have in common."""

from collections.abc import Mapping
import ipaddress
import re
from typing import Any, Final

from homeassistant.const import CONF_PASSWORD, CONF_USERNAME
from homeassistant.helpers.selector import TextSelector, TextSelectorConfig, TextSelectorType
import probatio as vol

from ..const import CONF_CLIENT_KEY

TEXT: Final = TextSelector(TextSelectorConfig(autocomplete="off"))
USERNAME: Final = TextSelector(TextSelectorConfig(autocomplete="username"))
SECRET: Final = TextSelector(TextSelectorConfig(type=TextSelectorType.PASSWORD, autocomplete="current-password"))

NO_FIELDS: Final = vol.Schema({})
CREDENTIALS_SCHEMA: Final = vol.Schema({vol.Optional(CONF_USERNAME): USERNAME, vol.Optional(CONF_PASSWORD): SECRET})

# In the texts of a form about one device: what another one is called.
OTHER_NAME: Final = "other"

# What a form never shows again.
_SECRETS = frozenset({CONF_PASSWORD, CONF_CLIENT_KEY})
_HOST_LABEL = re.compile(r"(?!-)[\w-]{1,63}(?<!-)")


def without_secrets(typed: Mapping[str, Any]) -> dict[str, Any]:
    """What a form may show again of what was typed into it."""
    return {
        key: without_secrets(value) if isinstance(value, Mapping) else value
        for key, value in typed.items()
        if key not in _SECRETS
    }


def is_host(text: str) -> bool:
    """Whether this is a name or an IP address that something can be reached by."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        labels = text.removesuffix(".").split(".")
        return len(text) <= 253 and not labels[-1].isdigit() and all(map(_HOST_LABEL.fullmatch, labels))
    return True
