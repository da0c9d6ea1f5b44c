"""Where the figures are from, in words that say nothing of whose machine it is."""

import os
from pathlib import Path
import platform

from homeassistant.const import __version__ as home_assistant_version


def machine(broker: str) -> str:
    """Name what the figures depend on."""
    return (
        f"{_processor()}, {os.process_cpu_count()} cores; Python {platform.python_version()}, "
        f"Home Assistant {home_assistant_version}, {broker}"
    )


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    models = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(models, platform.machine())
