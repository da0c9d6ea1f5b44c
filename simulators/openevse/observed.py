"""What a simulated charger really does, whatever it says."""

from collections.abc import Mapping
from datetime import datetime

from .board import Board
from .car import Car
from .claims import Claim, Json
from .controller import Controller
from .eeprom import Eeprom
from .gateway import Gateway
from .network import Network
from .states import State


class Observed:
    """Looks into controller and gateway."""

    _controller: Controller
    _gateway: Gateway

    @property
    def state(self) -> State:
        """The controller's state as in /status: 1 not connected, 2 connected, 3 charging, 254 sleeping, 255 disabled."""
        return self._controller.state

    @property
    def relay_closed(self) -> bool:
        """Whether there is mains on the cable."""
        return self._controller.relay_closed

    @property
    def pilot(self) -> int:
        """The current in A that the car is told it may take (also while it may take none)."""
        return self._controller.capacity

    @property
    def current(self) -> float:
        """What flows, in A."""
        return self._controller.current

    @property
    def session_energy(self) -> float:
        """Wh since the car was plugged in; stays after it has left."""
        return self._controller.watt_seconds / 3600

    @property
    def eeprom(self) -> Eeprom:
        """The controller's memory: what survives a restart. `writes` counts what wears it."""
        return self._controller.eeprom

    @property
    def board(self) -> Board:
        """The controller's sensors, clock and display, and what is around it; may be changed."""
        return self._controller.board

    @property
    def lcd(self) -> tuple[str, str]:
        """The two lines of its display."""
        first, second = self.board.display.lines
        return first, second

    @property
    def lcd_colour(self) -> int:
        """The colour of its display, 0 to 7."""
        return self.board.display.colour

    @property
    def lcd_is_own(self) -> bool:
        """Whether the controller paints its display itself; else the gateway does, or whoever took it."""
        return self._controller.lcd_updates

    @property
    def clock(self) -> datetime | None:
        """What the controller's own clock shows, without a zone; None where there is no clock chip."""
        return self.board.clock.shows if self.board.clock is not None else None

    @property
    def socket_locked(self) -> bool:
        """Whether the plug is held in the socket."""
        return self._controller.socket_locked

    @property
    def energy_limit(self) -> int:
        """The controller's own limit of the session in kWh (`$SH`); 0 is none."""
        return self._controller.energy_limit

    @property
    def time_limit(self) -> int:
        """The controller's own limit of the session in quarters of an hour (`$S3`); 0 is none."""
        return self._controller.time_limit

    @property
    def divert_mode(self) -> int:
        """1 is normal, 2 is eco, and 0 is what a request without a mode leaves."""
        return self._gateway.divert.mode

    @property
    def shaper_enabled(self) -> bool:
        """Whether the current shaper is on."""
        return self._gateway.shaper is not None and self._gateway.shaper.enabled

    @property
    def vehicle_told(self) -> Mapping[str, Json]:
        """What the gateway was told of the car, and has taken, by the names of /status."""
        return self._gateway.told.values

    @property
    def network(self) -> Network:
        """The gateway's WiFi, and what is around it; may be changed."""
        return self._gateway.network

    @property
    def car(self) -> Car | None:
        """What is on the cable; its numbers may be changed."""
        return self._controller.car

    @property
    def claims(self) -> Mapping[int, Claim]:
        """The claims on the manager (4.0 and later) by client."""
        manager = self._gateway.manager
        return {claim.client: claim for claim in manager.claims} if manager is not None else {}

    @property
    def limit(self) -> Mapping[str, Json]:
        """The gateway's limit of the session (4.2 and later), as /limit tells it."""
        return self._gateway.limit.as_json() if self._gateway.limit is not None else {}

    @property
    def schedule(self) -> list[Json]:
        """The gateway's schedule (4.0 and later), as /schedule tells it."""
        return self._gateway.schedule.as_json() if self._gateway.schedule is not None else []

    @property
    def gateway_restarts(self) -> int:
        """How often the gateway has restarted."""
        return self._gateway.restarts

    @property
    def controller_restarts(self) -> int:
        """How often the controller has restarted."""
        return self._controller.restarts
