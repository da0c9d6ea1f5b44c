"""What a test can make go wrong with an operator's HTTP."""

from dataclasses import asdict, dataclass
from enum import StrEnum


class Module(StrEnum):
    """Whose requests are meant."""

    VERSIONS = "versions"
    DETAILS = "details"
    CREDENTIALS = "credentials"
    LOCATIONS = "locations"
    SESSIONS = "sessions"
    COMMANDS = "commands"


@dataclass(slots=True, kw_only=True)
class Knobs:
    """Settings that may be changed at any time."""

    modules: frozenset[Module] = frozenset()
    """The faults are for these only; empty is all of them."""
    for_requests: int | None = None
    """After so many faulty answers the faults are over; None is never."""

    # In place of an answer: the request does nothing
    silent: bool = False
    """The request is taken, and never answered."""
    hang_up: bool = False
    """The connection is dropped without an answer."""
    status: int | None = None
    """Answer so, with an empty body: 401, 403, 404, 429, 500, 503."""
    code: int | None = None
    """Answer with status 200, no data and this OCPI status: 2000 to 2004, 3000 to 3003."""
    redirect: str | None = None
    """Lead to this URL, with status 302; for a POST 307, so that its body goes along."""
    html: bool = False
    """A page of HTML with status 200, as from a captive portal or a proxy."""
    empty: bool = False
    """Status 200 and not a byte."""
    not_an_envelope: bool = False
    """JSON that has nothing to do with OCPI."""
    wrong_types: bool = False
    """An envelope whose data is a number, whatever was asked for."""
    no_data: bool = False
    """An envelope that says 1000, without data."""
    nested: bool = False
    """JSON in more levels than any parser goes down."""

    # To the answer: the request does what it does
    slow: float = 0.0
    """Seconds of real time before an answer."""
    cut_off: bool = False
    """The body ends in the middle, as if that were all of it."""
    hang_up_midway: bool = False
    """Half of the body arrives, then the connection breaks."""
    huge: int = 0
    """So many bytes of blanks follow the answer's JSON."""
    chunked: bool = False
    """The length of the body is not told before."""
    compressed: bool = False
    """The body is sent small, with gzip, however large it becomes."""

    @property
    def breaks(self) -> bool:
        """Whether any of the faults is on."""
        calm = asdict(Knobs(modules=self.modules, for_requests=self.for_requests))
        return asdict(self) != calm

    def heal(self) -> None:
        """Let nothing go wrong any more."""
        for name, value in asdict(Knobs()).items():
            setattr(self, name, value)
