"""The line between gateway and controller, and how exchanges on it fail."""

from typing import NamedTuple

from .controller import Controller
from .knobs import Knobs, RapiFault
from .rapi import BUFFER, exclusive_or, sealed
from .rapi_commands import Processor


class Exchange(NamedTuple):
    """What came of a command."""

    text: str
    """The answer with its checksum; empty if there was none that the gateway could use."""
    fault: RapiFault | None = None

    @property
    def agreed(self) -> bool:
        """Whether it was answered `$OK`."""
        return self.fault is None and self.text.startswith("$OK")

    @property
    def values(self) -> list[str]:
        """What follows `$OK` or `$NK`."""
        return self.text.partition("^")[0].split(" ")[1:]


class Line:
    """Sends commands, and counts."""

    def __init__(self, controller: Controller, knobs: Knobs) -> None:
        """Connect a controller."""
        self._controller = controller
        self._knobs = knobs
        self._processor = Processor(controller, knobs)
        self.sent = 0
        self.succeeded = 0
        self.connected = False
        """Whether the last exchange worked."""
        self.busy = False
        """Whether a command is being obeyed."""
        self.passed_on = False
        """Whether somebody at the other end of the network has told the controller something since the gateway last looked."""

    @property
    def works(self) -> bool:
        """Whether an exchange would work."""
        return not self._knobs.controller_absent and self._controller.answers and not self._controller.echo

    def exchange(self, command: str) -> Exchange:
        """Send a command, with a checksum behind it whether or not it has one."""
        self.sent += 1
        outcome = self._exchange(command)
        self.connected = outcome.fault is None
        self.succeeded += self.connected
        return outcome

    def _exchange(self, command: str) -> Exchange:
        if self._knobs.controller_absent or not self._controller.answers:
            return Exchange("", RapiFault.TIMEOUT)
        line = sealed(command)
        if len(line) > BUFFER or not command.startswith("$"):
            # The controller's buffer overflows, or it waits for a start that does not come: it says nothing.
            return Exchange("", RapiFault.TIMEOUT)
        echoed = self._controller.echo
        self.busy = True
        try:
            answer = self._processor.answer(line)
        finally:
            self.busy = False
        if echoed:
            # What was sent comes back first, and that is taken for the answer.
            return Exchange("", RapiFault.INVALID_RESPONSE)
        return Exchange(answer)

    def request(self, command: str) -> Exchange:
        """Send a command for somebody at the other end of the network, with the faults that a test has asked for."""
        if self._knobs.rapi_fault is not None:
            self.sent += 1
            return Exchange("", self._knobs.rapi_fault)
        self.passed_on |= not command.startswith("$G")
        outcome = self.exchange(command)
        if outcome.fault is not None:
            return outcome
        body = outcome.text.partition("^")[0]
        if self._knobs.bad_sequence:
            return Exchange(sealed(f"{body} :7F"))
        if self._knobs.bad_checksum:
            return Exchange(f"{body}^{exclusive_or(body) ^ 0xFF:02X}")
        return outcome
