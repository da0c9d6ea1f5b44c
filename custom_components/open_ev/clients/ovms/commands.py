"""The commands of the module's shell: what to send, and what the answer means.

A command is a line for a full shell on the module. So every argument is checked before it is put into a line:
a line break would start a second command, a blank or a quote would start a second argument.
Texts and answers are those of firmware 3.2.016 to 3.3.006, which agree in all that is used here.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
import re

from .errors import (
    CommandRefused,
    EmptyAnswer,
    Failed,
    FailedWithPin,
    InvalidArgument,
    UnknownCommand,
    Unsupported,
    UsageError,
)
from .readable import readable
from .values import Value

# The module drops what exceeds its 800-byte line buffer without a word.
MAX_COMMAND_BYTES = 799

# Most vehicles answer within a second; a bad mobile connection takes its time.
ANSWER_TIMEOUT = 30.0
# Some vehicles hold the answer back until the car reacted (up to 30 s for a Zoe's preconditioning).
SLOW_ANSWER_TIMEOUT = 60.0

# As long as it can be shown to a person in an error text.
MAX_REPLY_SHOWN = 250

_ARGUMENT = re.compile(r"[!#-&(-\[\]-~]+")  # printable ASCII without blank, quotes and backslash
_SCHEDULE_TIME = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d(?:/(?:[5-9]|[12]\d|30))?")
# The module skips a pattern with a wildcard elsewhere, without a word.
_METRIC_PATTERN = re.compile(r"\*?[a-z0-9][A-Za-z0-9._]{0,99}|[a-z0-9][A-Za-z0-9._]{0,99}\*|\*")
_WITHOUT_QUOTES = str.maketrans("", "", "'\"\\")
# Also the one way in of a vehicle module that takes no PIN: the Zoe's trunk.
_LOCK_COMMANDS = (("lock",), ("unlock",), ("valet",), ("unvalet",), ("xrz2", "unlocktrunk"))
# In a script: a lock command as a word of its own, or the vehicle's function of that name being called.
_LOCK_IN_SCRIPT = re.compile(r"(?<![.\w])(?:un)?(?:lock|valet)(?:trunk)?\b|(?:un)?(?:lock|valet)\W*\(")
# Settings whose values, or the names of whose instances, are passwords and keys. Rather one too many.
_SECRET_NAME = re.compile(r"pass|pwd|pin|psk|secret|token|key|cred|auth|apn|ssid|ssh|wifi\.(?:ap|sta)", re.IGNORECASE)
# What the module says of the car where it says no more: also to a wrong PIN.
_COULD_NOT = "Error: vehicle could not"
_NOT_AVAILABLE = re.compile(r"^Error: .*functionality not available", re.IGNORECASE)


type Firmware = tuple[int, int, int]

FIRMWARE_3_3_002: Firmware = (3, 3, 2)
# The first firmware with the climate schedule, and with requests for metrics and settings.
FIRMWARE_3_3_006: Firmware = (3, 3, 6)


class ChargeMode(StrEnum):
    """The charge modes of the `charge mode` command."""

    STANDARD = "standard"
    STORAGE = "storage"
    RANGE = "range"
    PERFORMANCE = "performance"


class Day(StrEnum):
    """Days of the climate schedule, as the module names them."""

    MONDAY = "mon"
    TUESDAY = "tue"
    WEDNESDAY = "wed"
    THURSDAY = "thu"
    FRIDAY = "fri"
    SATURDAY = "sat"
    SUNDAY = "sun"


class UpdateScope(StrEnum):
    """What `server v3 update` sends again."""

    ALL = "all"
    MODIFIED = "modified"


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One line for the module's shell, and what its answer must look like.

    `success` matches the beginning of the answer, with its lines joined; without it every answer that is no error is
    a success. `firmware` is the first that has the command, for those that are newer than the oldest supported one.
    `secret` is kept out of the representation and out of every text made from the answer; `pin_checked` says that the
    module compares it with its own. `acts` is for all that does something to the car or to the module, which must not
    happen later than it was asked for; only what merely tells something goes without. `effect` is the metric that shows what
    became of it and the value that it then has, where they are known; `reported` says whether any metric shows it.
    """

    text: str = field(repr=False)
    firmware: Firmware | None = None
    success: re.Pattern[str] | None = None
    timeout: float = ANSWER_TIMEOUT
    secret: str | None = field(default=None, repr=False)
    pin_checked: bool = False
    acts: bool = True
    effect: tuple[str, Value] | None = None
    reported: bool = True

    def __post_init__(self) -> None:
        """Refuse what the module would cut."""
        if len(self.text.encode()) > MAX_COMMAND_BYTES:
            raise InvalidArgument("command", "too_long")

    def result(self, reply: str) -> str:
        """Return the module's answer if it is a success, else raise what it says.

        Raises:
            EmptyAnswer: it says nothing, where a success has words.
            Unsupported, UnknownCommand, UsageError, Failed, FailedWithPin: with the module's own words.
        """
        reply = readable(reply)
        words = " ".join(reply.split())
        if self.success is not None and not words:
            raise EmptyAnswer("the module answered without a word")
        refusal = _refusal(words)
        if refusal is None and self.success is not None and not self.success.match(words):
            refusal = Failed
        if refusal is Failed and self.pin_checked and words.startswith(_COULD_NOT):
            refusal = FailedWithPin
        if refusal is not None:
            raise refusal(self._without_secret(words)[:MAX_REPLY_SHOWN])
        return self._without_secret(reply.strip())

    def _without_secret(self, reply: str) -> str:
        return reply.replace(self.secret, "***") if self.secret else reply


def _refusal(words: str) -> type[CommandRefused] | None:
    if _NOT_AVAILABLE.match(words):
        return Unsupported
    if words.startswith("Unrecognised command"):
        return UnknownCommand
    if words.startswith(("Usage:", "Subcommand required")):
        return UsageError
    if words.startswith(("Error:", "ERROR:")):
        return Failed
    return None


def _success(text: str) -> re.Pattern[str]:
    return re.compile(re.escape(text))


def _argument(name: str, value: str) -> str:
    if len(value) > MAX_COMMAND_BYTES:
        raise InvalidArgument(name, "too_long")
    if not _ARGUMENT.fullmatch(value):
        raise InvalidArgument(name, "not_one_word")
    return value


def whole_number(name: str, value: float, low: int, high: int) -> int:
    """Check a number; cutting off what is behind its point would set what nobody asked for."""
    if not low <= value <= high:
        raise InvalidArgument(name, "out_of_range")
    if value != int(value):
        raise InvalidArgument(name, "not_whole")
    return int(value)


def _with_pin(verb: str, pin: str, answer: str, effect: tuple[str, Value], *, checked: bool) -> Command:
    text = f"{verb} {_argument('pin', pin)}"
    return Command(text=text, success=_success(answer), secret=pin, pin_checked=checked, effect=effect)


def lock(pin: str, *, pin_checked: bool = True) -> Command:
    """Lock the doors; `pin_checked` says whether this module compares the PIN with its own."""
    return _with_pin("lock", pin, "Vehicle locked", ("v.e.locked", True), checked=pin_checked)


def unlock(pin: str, *, pin_checked: bool = True) -> Command:
    """Unlock the doors."""
    return _with_pin("unlock", pin, "Vehicle unlocked", ("v.e.locked", False), checked=pin_checked)


def valet(pin: str, *, pin_checked: bool = True) -> Command:
    """Switch valet mode on."""
    return _with_pin("valet", pin, "Vehicle valet mode activated", ("v.e.valet", True), checked=pin_checked)


def unvalet(pin: str, *, pin_checked: bool = True) -> Command:
    """Switch valet mode off."""
    return _with_pin("unvalet", pin, "Vehicle valet mode deactivated", ("v.e.valet", False), checked=pin_checked)


def wakeup() -> Command:
    """Wake the car's own systems."""
    return Command(
        text="wakeup",
        success=_success("Vehicle has been woken"),
        timeout=SLOW_ANSWER_TIMEOUT,
        effect=("v.e.awake", True),
    )


def homelink(button: int, duration_ms: int | None = None) -> Command:
    """Press a HomeLink button, 1 to 3, for a duration in milliseconds (100 to 60,000; the module's own is 1,000)."""
    button = whole_number("button", button, 1, 3)
    line = f"homelink {button}"
    if duration_ms is not None:
        line += f" {whole_number('duration', duration_ms, 100, 60_000)}"
    return Command(text=line, success=_success(f"Homelink #{button} activated"), timeout=SLOW_ANSWER_TIMEOUT)


def climate(*, on: bool) -> Command:
    """Start or stop the cabin's climate control."""
    word = "on" if on else "off"
    return Command(
        text=f"climatecontrol {word}",
        success=re.compile(rf"Climate Control {word}$"),
        timeout=SLOW_ANSWER_TIMEOUT,
        effect=("v.e.hvac", on),
    )


def charge_start() -> Command:
    """Start charging."""
    return _charge("start", "Charge has been started", charging=True)


def charge_stop() -> Command:
    """Stop charging."""
    return _charge("stop", "Charge has been stopped", charging=False)


def _charge(verb: str, answer: str, *, charging: bool) -> Command:
    return Command(
        text=f"charge {verb}",
        success=_success(answer),
        timeout=SLOW_ANSWER_TIMEOUT,
        effect=("v.c.charging", charging),
    )


def charge_mode(mode: ChargeMode) -> Command:
    """Choose how the car charges."""
    success = _success(f"Charge mode '{mode}' set")
    return Command(text=f"charge mode {mode}", success=success, effect=("v.c.mode", mode.value))


def charge_current(amperes: float) -> Command:
    """Limit the charge current, in whole amperes from 1 to 100.

    The module reads any text as a number (text becomes 0), so what it echoes is compared.
    """
    limit = whole_number("current", amperes, 1, 100)
    return Command(
        text=f"charge current {limit}",
        success=_success(f"Charge current limit set to {limit}A"),
        timeout=SLOW_ANSWER_TIMEOUT,
        effect=("v.c.climit", limit),
    )


def cooldown() -> Command:
    """Start cooling the battery down; the firmware has no command to stop it."""
    return Command(text="charge cooldown", success=_success("Cooldown has been started"))


def set_config(param: str, instance: str, value: str, *, effect: tuple[str, Value] | None = None) -> Command:
    """Write one value of the module's configuration; `effect` is how a metric mirrors it."""
    words = (_argument("param", param), _argument("instance", instance), _argument("value", value))
    return Command(text=f"config set {' '.join(words)}", success=_success("Parameter has been set."), effect=effect)


def server_update(scope: UpdateScope) -> Command:
    """Have the module send its metrics again; firmware 3.3.002 or newer."""
    return Command(
        text=f"server v3 update {scope}",
        firmware=FIRMWARE_3_3_002,
        success=re.compile(rf"Server V3 data update for {scope} metrics has been scheduled"),
        acts=False,
    )


def module_reset() -> Command:
    """Restart the module. It answers a second before it goes."""
    return Command(text="module reset", success=_success("Resetting system"), reported=False)


def firmware_status() -> Command:
    """Ask for the firmware partitions; `nocheck` keeps the module from asking its update server meanwhile."""
    return Command(text="ota status nocheck", success=re.compile(r"(?:Hardware|Firmware):"), acts=False)


def schedule_set(day: Day, times: Iterable[str]) -> Command:
    """Set a day's preconditioning: times `HH:MM`, or `HH:MM/minutes` with 5 to 30 minutes; firmware 3.3.006."""
    entries = list(times)
    if not entries or not all(_SCHEDULE_TIME.fullmatch(entry) for entry in entries):
        raise InvalidArgument("times", "not_a_schedule_time")
    return Command(
        text=f"climatecontrol schedule set {day} {','.join(entries)}",
        firmware=FIRMWARE_3_3_006,
        success=_success(f"Climate control schedule set for {day}:"),
        reported=False,
    )


def schedule_clear(day: Day | None = None) -> Command:
    """Clear one day of the climate schedule, or all of it."""
    return Command(text=f"climatecontrol schedule clear {day or 'all'}", firmware=FIRMWARE_3_3_006, reported=False)


def schedule_copy(day: Day, to_days: Iterable[Day]) -> Command:
    """Copy a day of the climate schedule to other days."""
    days = list(to_days)
    if not days:
        raise InvalidArgument("to_days", "empty")
    text = f"climatecontrol schedule copy {day} {','.join(days)}"
    return Command(text=text, firmware=FIRMWARE_3_3_006, reported=False)


def schedule_enable(*, enable: bool) -> Command:
    """Switch the climate schedule on or off without losing it."""
    word = "enable" if enable else "disable"
    return Command(
        text=f"climatecontrol schedule {word}",
        firmware=FIRMWARE_3_3_006,
        success=_success(f"Scheduled precondition {word}d"),
        reported=False,
    )


def schedule_list() -> Command:
    """Ask for the climate schedule, a line a day."""
    return Command(text="climatecontrol schedule list", firmware=FIRMWARE_3_3_006, acts=False)


def schedule_status() -> Command:
    """Ask whether the climate schedule is on and when it runs next."""
    return Command(
        text="climatecontrol schedule status",
        firmware=FIRMWARE_3_3_006,
        success=_success("Scheduled precondition:"),
        acts=False,
    )


def metrics_list() -> Command:
    """Ask for all metrics that the module knows, with their units: some 10 kB; all firmware."""
    return Command(text="metrics list", acts=False)


def raw(line: str) -> Command:
    """Any one line for the shell, for people who know what they do.

    Not for what the locks do, which ask for the PIN. That guards against a slip; who writes scripts gets around it.
    Whether it only tells something cannot be known, so it counts as one that acts.
    """
    if not line.strip():
        raise InvalidArgument("command", "empty")
    if not line.isprintable():
        raise InvalidArgument("command", "control_characters")
    if _moves_a_lock(line.lower()):
        raise InvalidArgument("command", "lock_command")
    return Command(text=line.strip(), timeout=SLOW_ANSWER_TIMEOUT)


def metric_name(name: str) -> str:
    """Check a metric's name for a request; `*` may stand at its beginning or its end."""
    if not _METRIC_PATTERN.fullmatch(name):
        raise InvalidArgument("metrics", "not_a_metric")
    return name


def config_setting(param: str, instance: str) -> tuple[str, str]:
    """Check the two names of a setting, and that it cannot be a secret."""
    setting = (_argument("param", param), _argument("instance", instance))
    if "/" in param:
        # The module takes the first one for the end of the param: the rest would be another instance than was checked.
        raise InvalidArgument("param", "not_one_word")
    if any(_SECRET_NAME.search(name) for name in setting):
        raise InvalidArgument("param", "secret")
    return setting


def _moves_a_lock(line: str) -> bool:
    """Whether a raw line would lock, unlock or switch valet mode.

    The module takes any unique beginning of a word, and `run` takes a whole line.
    """
    words = line.translate(_WITHOUT_QUOTES).split()
    while words and "run".startswith(words[0]):
        words = words[1:]
    if not words:
        return False
    if "script".startswith(words[0]):
        return _LOCK_IN_SCRIPT.search(line) is not None
    return any(_begins(command, words) for command in _LOCK_COMMANDS)


def _begins(command: Sequence[str], words: Sequence[str]) -> bool:
    """Whether a line's words are, each by its beginning, those of a command and what it is given."""
    return len(words) >= len(command) and all(map(str.startswith, command, words[: len(command)], strict=True))
