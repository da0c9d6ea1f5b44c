"""What the end-to-end tests share: one broker, one car, one Home Assistant and one browser for each file."""

from collections.abc import AsyncGenerator
from pathlib import Path

from playwright.async_api import async_playwright, expect
import pytest
import pytest_asyncio

from simulators.broker import Mosquitto
from simulators.home_assistant import HomeAssistant, use_broker
from simulators.ovms_module import Firmware, OvmsModule

from .frontend import CHROMIUM_FLAGS, SIZE, Frontend, find_chromium

INTEGRATION = Path(__file__).parents[2] / "custom_components" / "open_ev"
HOME_ASSISTANT, HOME_ASSISTANT_PASSWORD = "homeassistant", "hJ3-broker-kQ9"
CAR, CAR_PASSWORD = "car", "vT7-broker-mW2"
CHARGER, CHARGER_PASSWORD = "owner", "pN5-charger-cH6"
# What an operator is shown, and what it shows.
OPERATOR_SECRET, OWN_SECRET = "kT8-operator-wL3", "mR6-home-vD9"
NETWORK_PASSWORD = "rX4-network-zB8"
SERVER_PASSWORD = "qL6-server-dY1"
# Milliseconds until what shall be on the page is missed. CI's machines are slow and busy.
PATIENCE = 20_000
PIN = "471108"
VIN = "1G1RA6E4XBU104711"
POSITION = (52.516275, 13.377704)
VEHICLE_ID = "EV42"
PREFIX = f"ovms/family/{VEHICLE_ID}/"
TITLE = f"Chevrolet Volt/Ampera {VEHICLE_ID}"


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser."""
    found = find_chromium()
    if found is None:
        pytest.fail(
            "There is no Chromium. Install it, or start the tests with scripts/test, which knows how to get one."
        )
    return found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def broker(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Mosquitto]:
    """A mosquitto that keeps sessions, messages for who is away, and retained messages, as a user's does."""
    if not Mosquitto.available():
        pytest.fail(
            "There is no mosquitto. Install it, or start the tests with scripts/test, which knows how to get one."
        )
    accounts = {HOME_ASSISTANT: HOME_ASSISTANT_PASSWORD, CAR: CAR_PASSWORD}
    async with Mosquitto(tmp_path_factory.mktemp("mosquitto"), accounts=accounts) as mosquitto:
        yield mosquitto


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def car(broker: Mosquitto) -> AsyncGenerator[OvmsModule]:
    """A car whose module checks the PIN itself, and which can be told to charge."""
    module = OvmsModule(
        port=broker.port,
        prefix=PREFIX,
        vehicle_type="VA",
        firmware=Firmware.V3_3_006,
        vehicle_id=VEHICLE_ID,
        pin=PIN,
        username=CAR,
        password=CAR_PASSWORD,
        metrics={"v.vin": VIN, "v.p.latitude": POSITION[0], "v.p.longitude": POSITION[1]},
    )
    async with module:
        yield module


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def home(
    broker: Mosquitto, car: OvmsModule, tmp_path_factory: pytest.TempPathFactory
) -> AsyncGenerator[HomeAssistant]:
    """Home Assistant, logging all that the integration has to say, with its MQTT integration on the broker."""
    home_assistant = HomeAssistant(
        tmp_path_factory.mktemp("home_assistant"), INTEGRATION, logs={"custom_components.open_ev": "debug"}
    )
    async with home_assistant:
        await use_broker(home_assistant.api, broker.port, HOME_ASSISTANT, HOME_ASSISTANT_PASSWORD)
        yield home_assistant


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def frontend(home: HomeAssistant, chromium: str) -> AsyncGenerator[Frontend]:
    """A browser in which the owner has logged in."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=[*CHROMIUM_FLAGS])
        # A service worker would load the page anew whenever it has brought itself up to date.
        page = await browser.new_page(viewport=SIZE, color_scheme="light", locale="en-GB", service_workers="block")
        page.set_default_timeout(PATIENCE)
        expect.set_options(timeout=PATIENCE)
        frontend = Frontend(page, home.url)
        await frontend.log_in(home.username, home.password)
        yield frontend
        await browser.close()


def orders(car: OvmsModule) -> list[str]:
    """Return what the car was told to do and did; that it shall send its news is no order."""
    return [line for line in car.executed if not line.startswith("server v3 update ")]
