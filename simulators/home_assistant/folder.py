"""The configuration folder of a Home Assistant: what it must hold before the first start.

What is written into `.storage` here is what a person would enter during onboarding. Answered through the interface, that
step would also set up integrations that fetch from the internet.
"""

from collections.abc import Mapping
import json
from pathlib import Path
from typing import Any

LOG_FILE = "home-assistant.log"

# Everything that an owner of a car looks at or makes automations of, and nothing that looks around in the network.
_CONFIGURATION = """\
automation: !include automations.yaml
config:
diagnostics:
energy:
frontend:
history:
homeassistant:
input_button:
input_number:
logbook:
map:
person:
sun:
system_health:
logger:
  default: warning
  logs:
    # What a home with cameras and voice satellites would install beside Home Assistant.
    haffmpeg: critical
    homeassistant.components.camera.img_util: critical
"""


def prepare(folder: Path, integration: Path, port: int, logs: Mapping[str, str]) -> None:
    """Make the folder, or bring an existing one up to date.

    Args:
        folder: the configuration folder; what a user has set up in it stays.
        integration: the folder of the custom integration. It is linked, so that a restart runs what is there now.
        port: where Home Assistant listens on loopback.
        logs: levels of loggers, beside the default of warnings.
    """
    storage = folder / ".storage"
    storage.mkdir(parents=True, exist_ok=True)
    _link(folder / "custom_components" / integration.name, integration.resolve())
    (folder / "configuration.yaml").write_text(_configuration(logs), encoding="utf-8")
    automations = folder / "automations.yaml"
    if not automations.exists():
        automations.write_text("[]\n", encoding="utf-8")
    # Home Assistant brings data of version 1 up to date by itself. It must be there before the first start: in YAML the
    # address would be a change on trial, which Home Assistant reverts, and ends, after five minutes.
    _write(storage, "http", 1, {"server_host": ["127.0.0.1"], "server_port": port})
    # Home Assistant answers and asks on mDNS from the start; the loopback interface is enough for it.
    _write(storage, "core.network", 1, {"configured_adapters": ["lo", "lo0"]})
    if not (storage / "onboarding").exists():
        _write(storage, "onboarding", 4, {"done": ["core_config", "analytics", "integration"]})
        _write(storage, "core.config", 1, _PLACE, minor_version=4)


_PLACE: Mapping[str, Any] = {
    "latitude": 52.516275,
    "longitude": 13.377704,
    "elevation": 34,
    "radius": 100,
    "unit_system_v2": "metric",
    "location_name": "Home",
    "time_zone": "Europe/Berlin",
    "external_url": None,
    "internal_url": None,
    "currency": "EUR",
    "country": "DE",
    "language": "en",
}


def _configuration(logs: Mapping[str, str]) -> str:
    lines = [f"    {logger}: {level}\n" for logger, level in logs.items()]
    return _CONFIGURATION + "".join(lines)


def _write(storage: Path, key: str, version: int, data: Mapping[str, Any], *, minor_version: int = 1) -> None:
    content = {"version": version, "minor_version": minor_version, "key": key, "data": data}
    (storage / key).write_text(json.dumps(content, indent=2), encoding="utf-8")


def _link(link: Path, target: Path) -> None:
    link.parent.mkdir(exist_ok=True)
    if link.is_symlink():
        link.unlink()
    link.symlink_to(target, target_is_directory=True)
