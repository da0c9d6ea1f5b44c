"""What a test can make go wrong with a simulated OVMS server."""

from dataclasses import dataclass, fields


@dataclass(slots=True, kw_only=True)
class Knobs:
    """Settings that may be changed at any time; times are seconds of the server's clock, unless they say otherwise.

    They are for the clients (apps and batch clients); cars are served well.
    """

    # Logging in
    refuse: bool = False
    """Close at the login line without a word, as a server does that knows neither vehicle nor account."""
    hang_up: bool = False
    """Close as soon as a connection is there."""
    refuse_without_vehicle: bool = False
    """Refuse an account that has no vehicle like one that has a wrong password."""
    no_welcome: bool = False
    """Take the login and say nothing."""
    welcome: bytes | None = None
    """Say this in place of the welcome, as it is, and nothing after it."""
    wrong_digest: bool = False
    """The welcome proves that the server does not know the password."""
    echo_token: bool = False
    """The server's token is the client's own: somebody plays back what he heard."""

    # Replies to commands
    lose_replies: int = 0
    """So many replies never come: the car has swallowed the command, and whoever asks next gets what follows."""
    reply_delay: float = 0.0
    reply_copies: int = 1
    """How often each reply is handed on."""

    # The connection
    silent: bool = False
    """The connections stay open, and nothing more is said on them, not even in answer to a ping."""
    deaf_to_pings: bool = False
    """Only pings are not answered."""
    dribble: float | None = None
    """Send byte by byte, with so many seconds of real time in between."""
    join: float | None = None
    """Hold back what is to be sent for so many seconds of real time, and send it all at once."""

    def heal(self) -> None:
        """Let nothing go wrong any more."""
        good = Knobs()
        for field in fields(self):
            setattr(self, field.name, getattr(good, field.name))
