"""A whole simulated charging station, and its owner's hands."""

from collections.abc import Mapping
from datetime import datetime
from typing import Self

from .eeprom import Eeprom
from .generations import Generation
from .knobs import Knobs
from .traffic import Request

type Json = bool | int | float | str | list[Json] | dict[str, Json] | None


class OpenEvse:
    """A charger on loopback.

    Its time stands still (`speed` 0) until `tick` lets it pass. What is asked for over HTTP is done at once, as far as the
    firmware does it at once: a claim moves the relay before the answer is out; what the gateway undoes, it undoes later.
    """

    def __init__(
        self,
        generation: Generation = Generation.V5_1,
        controller: str = "8.2.3",
        port: int = 0,
        *,
        host: str = "127.0.0.1",
        username: str | None = None,
        password: str | None = None,
        blocked: bool | None = None,
        serial: str = "aabbccddee01",
        version: str | None = None,
        access_point: bool = False,
        speed: float = 0.0,
        start: datetime | None = None,
        knobs: Knobs | None = None,
    ) -> None:
        """Build a charger with nothing on its cable.

        Args:
            generation: The gateway firmware to behave like.
            controller: The controller firmware: 4.5.1, 4.12.3, 5.0.1, 7.1.3 or 8.2.3.
            port: Where to listen; 0 takes a free port.
            host: The address to listen on.
            username: Asked for if set (up to 5.1 asked for only if this is set).
            password: Goes with the user name; the development snapshot asks whenever this is set.
            blocked: Whether RAPI that writes is refused with status 400; None is what most builds of the generation do.
            serial: The MAC in lower-case hex, as zeroconf announces it.
            version: What the gateway says its version is, for builds with odd names.
            access_point: The gateway has no network yet and offers its own.
            speed: How fast simulated time runs.
            start: The moment at which simulated time starts, by default now.
            knobs: What goes wrong.
        """
        raise NotImplementedError

    # Where it is

    generation: Generation
    knobs: Knobs
    serial: str
    eeprom: Eeprom
    """The controller's memory: what survives a restart. `eeprom.writes` counts what wears it."""
    config: dict[str, Json]
    """The gateway's stored configuration, by the names of /config; may be changed."""
    requests: list[Request]
    """Every request, in its order."""
    rapi: list[str]
    """The RAPI commands that HTTP handed on to the controller, without checksum: "$SC 16"."""

    @property
    def url(self) -> str:
        """Where it listens, such as http://127.0.0.1:8000."""
        raise NotImplementedError

    @property
    def port(self) -> int:
        """The port it listens on."""
        raise NotImplementedError

    @property
    def websockets(self) -> int:
        """How many websockets are open."""
        raise NotImplementedError

    @property
    def now(self) -> datetime:
        """The simulated moment."""
        raise NotImplementedError

    # What it does, whatever it says

    @property
    def state(self) -> int:
        """The controller's state as in /status: 1 not connected, 2 connected, 3 charging, 254 sleeping, 255 disabled."""
        raise NotImplementedError

    @property
    def relay_closed(self) -> bool:
        """Whether there is mains on the cable."""
        raise NotImplementedError

    @property
    def pilot(self) -> int:
        """The current in A that the car is told it may take (also while it may take none)."""
        raise NotImplementedError

    @property
    def current(self) -> float:
        """What flows, in A."""
        raise NotImplementedError

    @property
    def session_energy(self) -> float:
        """Wh since the car was plugged in."""
        raise NotImplementedError

    @property
    def lcd(self) -> tuple[str, str]:
        """The two lines of its display."""
        raise NotImplementedError

    @property
    def lcd_colour(self) -> int:
        """The colour of its display, 0 to 7."""
        raise NotImplementedError

    @property
    def clock(self) -> datetime | None:
        """What the controller's own clock shows, without a zone; None where there is no clock chip."""
        raise NotImplementedError

    @property
    def claims(self) -> Mapping[int, Mapping[str, Json]]:
        """The claims on the manager (4.0 and later) by client id, each with its priority."""
        raise NotImplementedError

    # Its life

    async def start(self) -> None:
        """Power up and listen."""
        raise NotImplementedError

    async def stop(self) -> None:
        """Lose power; connections break."""
        raise NotImplementedError

    async def refuse_connections(self) -> None:
        """Listen no more, on the same port, until `accept_connections`. The charger goes on."""
        raise NotImplementedError

    async def accept_connections(self) -> None:
        """Listen again."""
        raise NotImplementedError

    async def drop_websockets(self) -> None:
        """Break every open websocket; new ones are accepted."""
        raise NotImplementedError

    def restart_gateway(self) -> None:
        """Restart the WiFi module: claims, override, counters of changes and cookies are gone; charging goes on."""
        raise NotImplementedError

    def restart_controller(self) -> None:
        """Restart the controller: what is not in its EEPROM is gone."""
        raise NotImplementedError

    def tick(self, seconds: float = 1.0) -> None:
        """Let simulated time pass at once: charging, limits, schedule, what the gateway undoes."""
        raise NotImplementedError

    async def __aenter__(self) -> Self:
        """Start."""
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop."""
        await self.stop()

    # What people and cars do

    def plug_in(self, *, ready: bool = True) -> None:
        """Plug in a car; one that is not ready is connected and asks for nothing."""
        raise NotImplementedError

    def unplug(self) -> None:
        """Take the cable out of the car."""
        raise NotImplementedError

    def car_full(self) -> None:
        """The car is full and stops asking."""
        raise NotImplementedError

    def press_button(self) -> None:
        """Press the front button shortly."""
        raise NotImplementedError

    def fault(self, code: int) -> None:
        """Have a fault: a code of `state`, 4 to 11 and 14 to 17."""
        raise NotImplementedError

    def clear_fault(self) -> None:
        """Have no fault any more."""
        raise NotImplementedError

    def claim(self, client: int, priority: int = 500, **properties: Json) -> None:
        """Let somebody else claim: OCPP is client 65543 with priority 1050, RFID 65545 with 1030, another API client any."""
        raise NotImplementedError

    def release(self, client: int) -> None:
        """Let somebody else give up their claim."""
        raise NotImplementedError

    def set_status(self, **values: Json) -> None:
        """Have /status say this, whatever is the case; None takes the field away."""
        raise NotImplementedError
