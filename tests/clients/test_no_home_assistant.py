"""The clients work in a plain script, without Home Assistant in sight."""

import asyncio
from pathlib import Path
import sys

INTEGRATION = Path(__file__).parents[2] / "custom_components" / "open_ev"

# Runs in an interpreter of its own, because in this one Home Assistant may be imported already. The integration's
# folder is put on the path instead of its parent, so that its own package, all Home Assistant, is not imported.
SCRIPT = """
import importlib
import pkgutil
import sys


class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"homeassistant", "voluptuous", "custom_components"}:
            raise ImportError(f"{name} is refused")
        return None


def failed(name):
    raise ImportError(name)


sys.meta_path.insert(0, Refuse())
sys.path.insert(0, sys.argv[1])
package = importlib.import_module("clients")
assert package.__path__[0].startswith(sys.argv[1]), package.__path__
for module in pkgutil.walk_packages(package.__path__, "clients.", onerror=failed):
    importlib.import_module(module.name)
print(*sorted(name for name in sys.modules if name.partition(".")[0] == "clients"), sep="\\n")
"""


async def _import_all(folder: Path) -> tuple[int | None, str, str]:
    """Import every module below the clients' folder; return the exit code, what was imported, and the errors."""
    async with asyncio.timeout(60):
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-I", "-c", SCRIPT, str(folder)),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        stdout, stderr = await process.communicate()
    return process.returncode, stdout.decode(), stderr.decode()


def _modules(clients: Path) -> set[str]:
    """Name every module by its file; a folder without an ``__init__.py`` shows as one that was never imported."""
    paths = (path.relative_to(clients.parent).with_suffix("") for path in clients.rglob("*.py"))
    return {".".join(path.parts).removesuffix(".__init__") for path in paths}


async def test_every_client_imports_without_home_assistant() -> None:
    """All modules below the clients' folder, found by walking it."""
    code, stdout, stderr = await _import_all(INTEGRATION)
    assert code == 0, stderr
    imported = set(stdout.split())
    assert imported == _modules(INTEGRATION / "clients")
    assert {"clients", "clients.ovms.metrics", "clients.ovms.values", "clients.ovms.vehicle_types"} <= imported


async def test_an_import_of_home_assistant_is_noticed(tmp_path: Path) -> None:
    """The proof above proves something: however deep the import hides, it fails."""
    deep = tmp_path / "clients" / "some"
    deep.mkdir(parents=True)
    (tmp_path / "clients" / "__init__.py").touch()
    (deep / "__init__.py").touch()
    for statement in ("import homeassistant.core", "from voluptuous import Schema", "import custom_components.open_ev"):
        (deep / "module.py").write_text(f"{statement}\n", encoding="utf-8")
        code, _, stderr = await _import_all(tmp_path)
        assert code != 0
        assert "is refused" in stderr


def test_the_clients_are_typed() -> None:
    """Type checkers trust the annotations of a package that has this marker."""
    assert (INTEGRATION / "clients" / "py.typed").is_file()
