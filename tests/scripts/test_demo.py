"""What the demo tells who has started it."""

from pathlib import Path

import pytest

from scripts.demo import INTEGRATION, welcome
from scripts.demo_operator import make_operator
from scripts.demo_server import make_server
from simulators.broker import EmbeddedBroker
from simulators.home_assistant import HomeAssistant


@pytest.mark.usefixtures("socket_enabled")
async def test_all_that_is_needed_to_add_the_devices_by_hand_is_told(tmp_path: Path) -> None:
    """Where everything is, who may come in there, and which car it is."""
    home_assistant = HomeAssistant(tmp_path, INTEGRATION, port=8123)
    broker = EmbeddedBroker(21884)
    async with make_operator(0) as operator:
        told = welcome(home_assistant, broker, make_server(26868), "http://charger.example", operator)
    lines = {name.strip(): text for name, _, text in (line.partition(":") for line in told.splitlines())}
    assert f"{broker.host}:21884" in lines["The broker"]
    assert "user homeassistant, password demo" in lines["The broker"]
    assert "ovms/family/EV42/" in told
    assert ":26868" in lines["The OVMS server"]
    assert "UP77, with the password demo" in lines["The OVMS server"]
    assert lines["The charger"].strip() == "http://charger.example"
    assert operator.versions_url in lines["The operator"]
    assert "token demo-operator, ours demo-home-assistant, as NL HOM" in lines["The operator"]
