"""What a test can make go wrong with a simulated charger."""

from dataclasses import asdict, dataclass, field
from enum import StrEnum


class RapiFault(StrEnum):
    """What the gateway says when an exchange with the controller failed (HTTP 500, from 2.9 on)."""

    TIMEOUT = "RAPI_RESPONSE_TIMEOUT"
    QUEUE_FULL = "RAPI_RESPONSE_QUEUE_FULL"
    BUFFER_OVERFLOW = "RAPI_RESPONSE_BUFFER_OVERFLOW"
    INVALID_RESPONSE = "RAPI_RESPONSE_INVALID_RESPONSE"
    BAD_CHECKSUM = "RAPI_RESPONSE_BAD_CHECKSUM"
    BAD_SEQUENCE_ID = "RAPI_RESPONSE_BAD_SEQUENCE_ID"
    CMD_TOO_LONG = "RAPI_RESPONSE_CMD_TOO_LONG"
    ASYNC_EVENT = "RAPI_RESPONSE_ASYNC_EVENT"


@dataclass(slots=True, kw_only=True)
class Knobs:
    """Settings that may be changed at any time."""

    paths: frozenset[str] = frozenset()
    """The HTTP faults are for these paths only, such as "/status"; empty is all of them."""
    for_requests: int | None = None
    """After so many faulty answers the HTTP faults are over; None is never."""

    # HTTP
    slow: float = 0.0
    """Seconds of real time before an answer."""
    silent: bool = False
    """The request is taken, and never answered."""
    hang_up: bool = False
    """The connection is dropped without an answer."""
    restart_mid_answer: bool = False
    """Half of the answer arrives, then the gateway restarts."""
    status: int | None = None
    """Answer so, with an empty body: 401, 429, 500, 503. The request does nothing."""
    html: bool = False
    """A page of HTML with status 200, as from a captive portal, in place of the answer. The request does nothing."""
    cut_off: bool = False
    """The body ends in the middle, as if that were all of it."""
    odd_bytes: bytes = b""
    """These bytes, as they are, at the end of `evse_serial` in /config: 0xFF, control characters."""
    websocket_silent: bool = False
    """The websocket stays open and says nothing more, not even a pong."""

    # RAPI over HTTP
    bad_checksum: bool = False
    """The RAPI answer that the gateway hands on has a wrong checksum."""
    bad_sequence: bool = False
    """The RAPI answer that the gateway hands on carries a sequence id that nobody asked with."""
    empty_answer: bool = False
    """The gateway answers RAPI with status 200 and nothing else."""
    rapi_fault: RapiFault | None = None
    """Every exchange with the controller that was asked for over HTTP fails so. The controller does nothing."""

    # The controller and what it is told
    controller_absent: bool = False
    """The controller does not answer; the gateway keeps the last it knew."""
    confirm: bool = True
    """False: whatever is asked for is accepted and answered as usual, and nothing changes."""

    refused: list[str] = field(default_factory=list)
    """RAPI commands, such as "SC", that the controller answers $NK to."""
    added: dict[str, str] = field(default_factory=dict)
    """RAPI commands of a firmware to come, and what the controller answers to them: "GZ": "OK 5003"."""

    @property
    def breaks_http(self) -> bool:
        """Whether any of the HTTP faults is on."""
        return bool(
            self.slow
            or self.silent
            or self.hang_up
            or self.restart_mid_answer
            or self.status is not None
            or self.html
            or self.cut_off
        )

    def heal(self) -> None:
        """Let nothing go wrong any more."""
        for name, value in asdict(Knobs()).items():
            setattr(self, name, value)
