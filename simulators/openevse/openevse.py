"""A whole simulated charging station, and its owner's hands."""

from datetime import UTC, datetime, timedelta, tzinfo
import ssl
from typing import Self

from simulators.running_time import RunningTime

from .access import Access
from .car import FULL, Car
from .claims import Json, Properties, Wish
from .controller import Controller
from .controllers import MODELS
from .events import Events
from .gateway import Gateway
from .generations import Generation
from .http import Handler
from .knobs import Knobs
from .manager import Manager
from .observed import Observed
from .server import Server
from .states import State
from .status import Status
from .traffic import Request
from .web_claims import ClaimDoors, LimitDoor, ScheduleDoors
from .web_config import ConfigDoors
from .web_rapi import RapiDoor
from .web_rest import OtherDoors


class OpenEvse(Observed):
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
        on_time: bool = False,
        zone: tzinfo = UTC,
        tls: ssl.SSLContext | None = None,
        knobs: Knobs | None = None,
    ) -> None:
        """Build a charger with nothing on its cable.

        Args:
            generation: The gateway firmware to behave like.
            controller: The controller firmware: 4.5.1, 4.12.3, 5.0.1, 7.1.3, 8.2.3 or 9.0.1.
            port: Where to listen; 0 takes a free port.
            host: The address to listen on.
            username: Asked for if set (up to 5.1 credentials are asked for only if this is set).
            password: Goes with the user name; the development snapshot asks whenever this is set.
            blocked: Whether RAPI that writes is refused with status 400; None is what most builds of the generation do.
            serial: The MAC in lower-case hex, as zeroconf announces it.
            version: What the gateway says its version is, for builds with odd names.
            access_point: The gateway has no network yet and offers its own.
            speed: How fast simulated time runs.
            start: The moment at which simulated time starts, by default now.
            on_time: However fast simulated time runs, the gateway's clock shows the real one.
            zone: The zone of the gateway's and the controller's clock.
            tls: Speak HTTPS with this certificate, as from 5.0 on the gateway can.
            knobs: What goes wrong.
        """
        self.generation = generation
        self.knobs = knobs or Knobs()
        self.serial = serial
        self._speed = speed
        self._start = start or datetime.now(UTC)
        self._on_time = on_time
        self._zone = zone
        self._passed = 0.0
        self._running = RunningTime(self._run)
        self._powered = False
        firmware = generation.firmware
        self._controller = Controller(MODELS[controller], self.now.astimezone(zone))
        self._gateway = Gateway(
            firmware, self._controller, self.knobs, self._local, serial=serial, access_point=access_point
        )
        self._gateway.version = version or firmware.version
        self.config = self._gateway.config
        """The gateway's stored settings, by the names of /config; may be changed before it starts."""
        self.config |= {"www_username": username or "", "www_password": password or ""}
        if access_point:
            self.config |= {"ssid": "", "pass": ""}
        self._status = Status(self._gateway)
        self._events = Events(self._status.read)
        self._access = Access(self._gateway, lambda: self._passed)
        blocks = firmware.writes_blocked if blocked is None else blocked
        self._rapi = RapiDoor(firmware, self._gateway.line, self.knobs, blocked=blocks)
        self._build = firmware.blocked_build if blocks else firmware.build
        self._server = Server(host, port, self._gateway, self._access, self._events, self._handlers(), tls)
        self._host = host
        self._scheme = "http" if tls is None else "https"

    def _handlers(self) -> dict[str, Handler]:
        gateway = self._gateway
        handlers = {
            "/r": self._rapi.handle,
            "/rapi": self._rapi.handle,
            "/login": self._access.login,
            **ConfigDoors(gateway, self._status, self._build).handlers,
            **OtherDoors(gateway, self.restart_gateway).handlers,
        }
        if gateway.manager is not None:
            handlers |= ClaimDoors(gateway, gateway.manager).handlers
        if gateway.limit is not None:
            handlers |= LimitDoor(gateway, gateway.limit).handlers
        if gateway.schedule is not None:
            handlers |= ScheduleDoors(gateway, gateway.schedule).handlers
        return handlers

    # Where it is

    @property
    def url(self) -> str:
        """Where it listens, such as http://127.0.0.1:8000."""
        return f"{self._scheme}://{self._host}:{self.port}"

    @property
    def port(self) -> int:
        """The port it listens on; a free one is known once it has started."""
        return self._server.port

    @property
    def websockets(self) -> int:
        """How many websockets are open."""
        return self._server.websockets

    @property
    def requests(self) -> list[Request]:
        """Every request, in its order, whatever became of it."""
        return self._server.requests

    @property
    def most_at_once(self) -> int:
        """How many requests were being answered at the same time, at most: the real one can do one."""
        return self._server.most_at_once

    @property
    def rapi(self) -> list[str]:
        """The RAPI commands that HTTP handed on to the controller, without checksum: "$SC 16"."""
        return self._rapi.handed_on

    @property
    def announcement(self) -> dict[str, str]:
        """What zeroconf says beside the address, as `_openevse._tcp` (from 4.1.5 on)."""
        return {"type": self._build, "version": self._gateway.version, "id": self.serial}

    @property
    def now(self) -> datetime:
        """The simulated moment, or the real one."""
        return datetime.now(UTC) if self._on_time else self._start + timedelta(seconds=self._passed)

    def _local(self) -> datetime:
        return self.now.astimezone(self._zone)

    # Its life

    async def start(self) -> None:
        """Power up and listen."""
        if not self._powered:
            self._powered = True
            self._gateway.boot()
            self._controller.settle()
        await self._server.start()
        if self._speed > 0:
            self._running.start()

    async def stop(self) -> None:
        """Stop listening, break all connections and hold the time; `start` goes on from there, on the same port."""
        await self._running.stop()
        await self._server.stop()

    async def refuse_connections(self) -> None:
        """Break all connections and refuse new ones on the port, until `accept_connections`. The charger goes on."""
        await self._server.refuse()

    async def accept_connections(self) -> None:
        """Listen again."""
        await self._server.accept()

    def drop_websockets(self) -> None:
        """Break every open websocket; new ones are accepted."""
        self._server.drop_websockets()

    def expire_sessions(self) -> None:
        """End every session by cookie."""
        self._access.expire_sessions()

    def restart_gateway(self) -> None:
        """Restart the WiFi module: claims, counters and cookies are gone, websockets break; charging goes on."""
        self._server.drop_websockets()
        self._access.expire_sessions()
        self._gateway.restart()

    def restart_controller(self) -> None:
        """Restart the controller: what is not in its EEPROM is gone, and it is silent for three seconds."""
        self._controller.restart()
        self._events.report()

    def lose_heartbeat(self) -> None:
        """Let the gateway miss its pulses (controllers from 8.1 on): 6 A, until `$SY 165` or a restart of the gateway."""
        self._controller.miss_heartbeat()
        self._events.report()

    def lower_current(self, amperes: int) -> None:
        """Have the controller offer less by itself, as it does when it is hot."""
        self._controller.set_capacity(amperes)
        self._events.report()

    def tick(self, seconds: float = 1.0) -> None:
        """Let simulated time pass at once: charging, limits, schedule, what the gateway undoes.

        Half seconds are looked at in a minute, seconds in an hour, and 10 seconds in what is longer.
        """
        longest = 0.5 if seconds <= 60 else 1.0 if seconds <= 3600 else 10.0
        end = self._passed + seconds
        while (step := min(longest, end - self._passed)) > 1e-6:
            self._passed += step
            self._controller.run(step)
            self._gateway.run(step)
            self._events.report()
            self._events.run(step, charging=self._gateway.seen.charging)

    def _run(self, elapsed: float) -> None:
        self.tick(elapsed * self._speed)

    async def __aenter__(self) -> Self:
        """Start."""
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop."""
        await self.stop()

    # What people and cars do

    def plug_in(self, car: Car | None = None, *, ready: bool = True) -> None:
        """Plug in a car; one that is not ready is connected and asks for nothing."""
        self._controller.plug_in(car or Car(ready=ready))
        self._events.report()

    def unplug(self) -> None:
        """Take the cable out of the car."""
        self._controller.unplug()
        self._events.report()

    def car_full(self) -> None:
        """The car is full and stops asking."""
        if self.car is not None:
            self.car.soc = FULL
        self._controller.settle()
        self._events.report()

    def press_button(self) -> None:
        """Press the front button shortly."""
        self._controller.press_button()
        self._events.report()

    def fault(self, code: int) -> None:
        """Have a fault: a code of `state`, 4 to 11 and 14 to 17; one whose check is off is not noticed."""
        self._controller.trip(State(code))
        self._events.report()

    def clear_fault(self) -> None:
        """Have no fault any more."""
        self._controller.recover()
        self._events.report()

    def claim(
        self,
        client: int,
        priority: int = 500,
        *,
        state: Wish | None = None,
        charge_current: int | None = None,
        max_current: int | None = None,
        auto_release: bool = False,
    ) -> None:
        """Let somebody else claim (4.0 and later): OCPP, RFID, boost, or another client of the API.

        Raises:
            ValueError: this generation has no manager.
        """
        said = Properties(
            state=state, charge_current=charge_current, max_current=max_current, auto_release=auto_release
        )
        self._manager.claims.make(client, priority, said)
        self._events.report()

    def release(self, client: int) -> None:
        """Let somebody else give up their claim.

        Raises:
            ValueError: this generation has no manager.
        """
        self._manager.claims.release(client)
        self._events.report()

    def limit_by(self, kind: str, value: int) -> None:
        """Have a limit that somebody else has set, be it of a kind that is yet to come (4.2 and later).

        Raises:
            ValueError: this generation has no limits.
        """
        if self._gateway.limit is None:
            raise ValueError(f"{self.generation} has no limits")
        self._gateway.limit.put(kind, value)
        self._events.report()

    @property
    def _manager(self) -> Manager:
        if self._gateway.manager is None:
            raise ValueError(f"{self.generation} has no manager")
        return self._gateway.manager

    def feed(self, *, solar: int | None = None, grid: int | None = None) -> None:
        """Feed the divert mode in W, as MQTT does."""
        self._gateway.feed(solar=solar, grid=grid)
        self._events.report()

    def tell(self, **values: Json) -> None:
        """Tell this over the websockets (3.0 and later), whatever /status says."""
        self._events.tell(values)

    def say(self, **values: Json) -> None:
        """Have /status say this, whatever is the case; None takes a field away."""
        self._status.instead |= values
        self._events.report()

    def say_truth(self) -> None:
        """Have /status say what is the case again."""
        self._status.instead.clear()
        self._events.report()
