"""What somebody at a terminal can tell a simulated module."""

from collections.abc import Awaitable, Callable

from .encoding import read
from .module import OvmsModule

HELP = """\
  set METRIC VALUE      give a metric a value
  clear METRIC          make it undefined
  drive [KM/H]  park    plug  unplug    charge  stop    sleep  wake
  off  on  reboot       lose power, get it back, restart
  lose  regain          coverage
  notify KIND SUBTYPE TEXT     event NAME
  run COMMAND           a command on the module's own shell
  tick SECONDS          let time pass at once
  quit"""


async def say(module: OvmsModule, line: str) -> bool:
    """Do what a line says; false where nobody knows what that is."""
    word, *words = line.split(maxsplit=1)
    rest = words[0] if words else ""
    plain: dict[str, Callable[[], Awaitable[None]]] = {
        "park": module.park,
        "plug": module.plug_in,
        "unplug": module.unplug,
        "charge": module.start_charging,
        "stop": module.stop_charging,
        "sleep": module.sleep,
        "wake": module.wake,
        "off": module.power_off,
        "on": module.boot,
        "reboot": module.reboot,
        "lose": module.lose_coverage,
        "regain": module.regain_coverage,
    }
    try:
        if word not in plain:
            return await _say_more(module, word, rest)
        await plain[word]()
    except (ValueError, KeyError, TypeError) as err:
        print(f"That cannot be done: {err}")
    return True


async def _say_more(module: OvmsModule, word: str, rest: str) -> bool:
    match word:
        case "set":
            name, value = rest.split(maxsplit=1)
            await module.set(name, read(module.metrics[name].definition.kind, value))
        case "clear":
            await module.clear(rest)
        case "drive":
            await module.drive(float(rest or 50))
        case "notify":
            kind, subtype, text = rest.split(maxsplit=2)
            await module.notify(kind, subtype, text)
        case "event":
            await module.emit_event(rest)
        case "run":
            print(module.run(rest), end="")
        case "tick":
            await module.tick(float(rest or 1))
        case _:
            return False
    return True
