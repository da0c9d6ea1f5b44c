"""The demo's OVMS server with a second car, and how that is added: as a user adds it, by its id and password."""

from simulators.home_assistant import Api, Json, SetupFailed
from simulators.ovms_module import Firmware, OvmsModule
from simulators.ovms_server import OvmsServer, ServerV2

from .demo_car import PIN, SPEED

VEHICLE_ID = "UP77"
# Not a secret: the server listens on loopback only.
SERVER_LOGIN = "demo"


def make_server(port: int) -> OvmsServer:
    """Make the server, which knows the car."""
    server = OvmsServer(port)
    server.add_vehicle(VEHICLE_ID, SERVER_LOGIN)
    return server


def make_server_car(server: OvmsServer) -> OvmsModule:
    """Make the car, a VW e-Up that knows no broker, and whose owner allows the module to act on it."""
    car = OvmsModule(vehicle_type="VWUP", firmware=Firmware.V3_3_006, vehicle_id=VEHICLE_ID, pin=PIN, speed=SPEED)
    car.config["auto", "server.v3"] = "no"
    car.config["xvu", "canwrite"] = "yes"
    ServerV2(car, server.port, password=SERVER_LOGIN)
    return car


async def add_server_car(api: Api, domain: str, server: OvmsServer) -> None:
    """Add the car; where its server has another port than last time, lead Home Assistant there.

    Raises:
        SetupFailed: it cannot be set up; the text is what the config flow said.
    """
    identifier = [domain, f"{VEHICLE_ID}@{server.host}"]
    known = [device for device in await api.devices() if identifier in device["identifiers"]]
    if known:
        step = await api.start_flow(domain, known[0]["primary_config_entry"])
    else:
        menu = await api.start_flow(domain)
        step = await api.flow_step(menu["flow_id"], {"next_step_id": "server"})
    address = {"host": server.host, "port": server.port, "tls": False, "verify_tls": True}
    for answers in (
        {"server": "own"},
        address,
        {"next_step_id": "server_vehicle"},
        {"vehicle_id": VEHICLE_ID, "password": SERVER_LOGIN},
    ):
        step = await api.flow_step(step["flow_id"], answers)
    if not _is_done(step):
        raise SetupFailed(f"the car at the server cannot be set up: {step}")


def _is_done(step: Json) -> bool:
    return bool(step["type"] == "create_entry" or step.get("reason") == "reconfigure_successful")
