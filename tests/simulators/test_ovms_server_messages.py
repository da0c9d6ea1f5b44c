"""What a simulated car says of itself over the v2 protocol, against what was recorded of the protocol."""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime

import pytest

from simulators.ovms_module import Firmware, MetricValue, OvmsModule
from simulators.ovms_server import OvmsServer, ServerV2

from .ovms_visitor import PASSWORD, VEHICLE, driving

CHARGING: dict[str, MetricValue] = {
    "v.b.soc": 53.7,
    "v.c.voltage": 231.4,
    "v.c.current": 15.7,
    "v.c.state": "charging",
    "v.c.mode": "standard",
    "v.b.range.ideal": 215.9,
    "v.b.range.est": 192.0,
    "v.c.climit": 16.0,
    "v.c.time": 2400,
    "v.c.kwh": 6.8,
    "v.c.substate": "onrequest",
    "v.c.timermode": False,
    "v.c.timerstart": 0,
    "v.b.cac": 152.75,
    "v.c.duration.full": 260,
    "v.c.duration.range": -1,
    "v.c.duration.soc": 150,
    "v.c.limit.range": 0.0,
    "v.c.limit.soc": 80.0,
    "v.e.cooling": False,
    "v.b.range.full": 402.0,
    "v.b.power": -10.2,
    "v.c.charging": True,
    "v.b.voltage": 361.4,
    "v.b.soh": 98.4,
    "v.c.power": 10.9,
    "v.c.efficiency": 93.5,
    "v.b.current": -28.2,
    "v.b.range.speed": 70.4,
    "v.c.kwh.grid": 7.3,
    "v.c.kwh.grid.total": 1519.6,
    "v.b.capacity": 58.2,
}
CHARGING_S = (
    "S53.7,K,231,15.70,charging,standard,215,192,16,2400,0,68,3,1,0,0,0,0,152.75,260,150,0,80,-1,0,0,0,-1,150,402,0,"
    "10.20,361.40,98.40,10.90,93.50,-28.20,70.4,7.3,1519.6,58.2,-1"
)
SURROUNDINGS: dict[str, MetricValue] = {
    **dict.fromkeys(("v.d.fl", "v.d.cp", "v.c.pilot", "v.c.charging", "v.e.handbrake", "v.e.locked"), True),
    **dict.fromkeys(("v.d.fr", "v.e.on", "v.e.awake", "v.e.cooling", "v.e.alarm", "v.e.aux12v", "v.e.hvac"), False),
    "v.e.charging12v": True,
    "v.i.temp": 23.0,
    "v.m.temp": 22.0,
    "v.b.temp": 19.5,
    "v.p.trip": 18.6,
    "v.p.odometer": 43210.7,
    "v.p.speed": 0.0,
    "v.e.parktime": 4810,
    "v.e.temp": 8.5,
    "v.b.12v.voltage": 12.71,
    "v.b.12v.voltage.ref": 12.6,
    "v.c.temp": 21.0,
    "v.b.12v.current": -0.4,
    "v.e.cabintemp": 11.0,
}
SURROUNDINGS_D = "D93,8,4,23,22,19.5,186,432107,0,4810,8.5,0,1,1,12.71,0,12.6,16,21,-0.4,11"
POSITION: dict[str, MetricValue] = {
    "v.p.latitude": 52.379189,
    "v.p.longitude": 4.899431,
    "v.p.direction": 87.5,
    "v.p.altitude": 2.0,
    "v.p.gpslock": True,
    "v.p.speed": 0.0,
    "v.p.trip": 18.6,
    "v.e.drivemode": 26,
    "v.b.power": -10.2,
    "v.b.energy.used": 3.482,
    "v.b.energy.recd": 0.911,
    "v.i.power": 0.0,
    "v.i.efficiency": 0.0,
    "v.p.gpsmode": "AA",
    "v.p.satcount": 11,
    "v.p.gpshdop": 0.9,
    "v.p.gpsspeed": 0.0,
    "v.p.gpssq": 92,
}
POSITION_L = "L52.379189,4.899431,87.5,2,1,1,0.0,186,1a,-10.200,3.482,0.911,0,0,AA,11,0.9,0.0,92"
TYRES: dict[str, MetricValue] = {
    "v.t.pressure": [250.1, 251.3, 262.4, 260.0],
    "v.t.temp": [17.0, 18.0, 16.0, 17.0],
    "v.t.alert": [0, 0, 0, 0],
}
TYRES_W = "W36.448,18,37.7098,17,36.2739,17,38.0579,16,1"
TYRES_Y = "Y4,FL,FR,RL,RR,4,250.1,251.3,262.4,260.0,1,4,17.0,18.0,16.0,17.0,1,0,-1,4,0,0,0,0,1,0,-1"
FIRMWARE: dict[str, MetricValue] = {
    "m.version": "3.3.005-800-gbench/ota_0/main (build idf v3.3.4-849-g6e214dc335 Aug 22 2026 10:00:00)",
    "v.vin": "BENCH00000000TEST",
    "m.net.sq": -79,
    "v.type": "DEMO",
    "m.net.provider": "Bench Télécom",
    "v.e.serv.range": 12345,
    "v.e.serv.time": 1811808000,
    "m.hardware": "OVMS WIFI BLE BT cores=2 rev=ESP32/3; MODEM SIM7600",
    "m.net.mdm.mode": "LTE,Online",
}
FIRMWARE_F = (
    "F3.3.005-800-gbench/ota_0/main (build idf v3.3.4-849-g6e214dc335 Aug 22 2026 10:00:00),BENCH00000000TEST,17,1,DEMO,"
    "Bench Télécom,12345,1811808000,OVMS WIFI BLE BT cores=2 rev=ESP32/3; MODEM SIM7600,LTE;Online"
)
GENERATOR: dict[str, MetricValue] = {
    "v.g.generating": True,
    "v.g.pilot": True,
    "v.g.voltage": 230.0,
    "v.g.current": 12.5,
    "v.g.power": 2.875,
    "v.g.efficiency": 91.5,
    "v.g.type": "chademo",
    "v.g.state": "exporting",
    "v.g.substate": "onrequest",
    "v.g.mode": "standard",
    "v.g.climit": 16.0,
    "v.g.limit.range": 80.4672,
    "v.g.limit.soc": 30.0,
    "v.g.kwh": 1.5,
    "v.g.kwh.grid": 1.4,
    "v.g.kwh.grid.total": 20.6,
    "v.g.time": 1800,
    "v.g.timermode": True,
    "v.g.timerstart": 7200,
    "v.g.duration.empty": 300,
    "v.g.duration.range": 200,
    "v.g.duration.soc": 100,
    "v.g.temp": 31.5,
    "v.g.timestamp": 1811808000,
}
GENERATOR_X = (
    "X1,1,230,12.5,2.875,91.5,chademo,exporting,onrequest,standard,16.0,80,30,1.5,1.4,20.6,1800,1,7200,300,200,100,31.5,"
    "1811808000"
)


@pytest.fixture
async def server(socket_enabled: None) -> AsyncGenerator[OvmsServer]:
    """A server that knows the car, and whose time stands still."""
    server = OvmsServer(speed=0)
    server.add_vehicle(VEHICLE, PASSWORD)
    async with server:
        yield server


async def told(module: OvmsModule, link: ServerV2, values: dict[str, MetricValue]) -> dict[str, str]:
    """Set metrics, and return what the car then says, by the messages' codes."""
    for name, value in values.items():
        await module.set(name, value, publish=False)
    link.sent.clear()
    await link.send_all()
    return {message[0]: message for message in link.sent}


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (CHARGING, CHARGING_S),
        (SURROUNDINGS, SURROUNDINGS_D),
        (POSITION, POSITION_L),
        (TYRES, TYRES_W),
        (TYRES, TYRES_Y),
        (FIRMWARE, FIRMWARE_F),
        (GENERATOR, GENERATOR_X),
    ],
)
async def test_recorded_messages(server: OvmsServer, values: dict[str, MetricValue], message: str) -> None:
    """Field by field as it was recorded; the generator's as it was read from the firmware."""
    async with driving(server, vehicle_type="DEMO") as (module, link):
        module.config["vehicle", "canwrite"] = "1"
        await module.clear("v.t.health", publish=False)
        await module.clear("v.c.timestamp", publish=False)
        await module.tick(1)
        assert (await told(module, link, values))[message[0]] == message


async def test_messages_arrive(server: OvmsServer) -> None:
    """What the car says is what the server hears."""
    async with driving(server) as (_, link):
        await server.until(lambda: len(server.messages(VEHICLE)) == len(link.sent))
        assert server.messages(VEHICLE) == link.sent
        assert [message[0] for message in link.sent] == ["S", "D", "L", "W", "Y", "F"]


async def test_miles(server: OvmsServer) -> None:
    """Distances, and speeds but for one, are in the owner's unit; a service interval is not."""
    async with driving(server, miles=True) as (module, link):
        values: dict[str, MetricValue] = {
            "v.b.range.ideal": 161.0,
            "v.b.range.speed": 16.09347,
            "v.p.speed": 80.46735,
            "v.p.gpsspeed": 80.46735,
            "v.p.trip": 16.09347,
            "v.p.odometer": 1609.347,
            "v.e.serv.range": 100,
            "v.g.current": 1.0,
            "v.g.limit.range": 80.5,
        }
        found = {code: message.split(",") for code, message in (await told(module, link, values)).items()}
        assert (found["S"][1], found["S"][6], found["S"][37]) == ("M", "100", "10.0")
        assert found["D"][6:9] == ["100", "10000", "80.4673"]
        assert (found["L"][6], found["L"][7], found["L"][17]) == ("50.0", "100", "50.0")
        assert found["F"][6] == "100"
        assert found["X"][11] == "50"


async def test_undefined_metrics(server: OvmsServer) -> None:
    """0, or a text that is as good as a value; a few have -1."""
    async with driving(server) as (module, link):
        for metric in list(module.metrics):
            metric.clear()
        found = await told(module, link, {})
        assert found["S"] == (
            "S0,K,0,0.00,stopped,standard,0,0,0,0,0,0,0,21,0,0,0,0,0.00,0,0,0,0,-1,0,0,0,0,0,0,0,0.00,0.00,0.00,0.00,0.00,"
            "0.00,0,0,0,0,-1"
        )
        assert found["D"] == "D0,0,5,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0"
        assert found["L"] == "L0,0,0,0,0,-1,0,0,0,0,0,0,0,0,,0,0,0,0"
        assert found["W"] == "W0,1,0,1,0,1,0,1,-1"
        assert found["Y"] == "Y4,FL,FR,RL,RR,0,-1,0,-1,0,-1,0,-1,0,-1"
        assert found["F"] == "F,,0,0,,,-1,-1,,"
        assert "X" not in found


async def test_door_bytes(server: OvmsServer) -> None:
    """Bits that mean nothing are whatever they are; those that do are right all the same."""
    flags = {
        0: {0x01: "v.d.fl", 0x02: "v.d.fr", 0x04: "v.d.cp", 0x08: "v.c.pilot", 0x10: "v.c.charging"}
        | {0x40: "v.e.handbrake", 0x80: "v.e.on"},
        1: {0x08: "v.e.locked", 0x10: "v.e.valet", 0x20: "v.e.headlights", 0x40: "v.d.hood", 0x80: "v.d.trunk"},
        11: {0x01: "v.e.awake", 0x02: "v.e.cooling", 0x40: "v.e.c.login", 0x80: "v.e.c.config"},
        15: {0x02: "v.e.alarm"},
        17: {0x01: "v.d.rl", 0x02: "v.d.rr", 0x10: "v.e.charging12v", 0x20: "v.e.aux12v", 0x80: "v.e.hvac"},
    }
    async with driving(server) as (module, link):
        link.messages.noise = True
        every = {name: number for number, bits in enumerate(flags.values()) for name in bits.values()}
        meaningless: set[int] = set()
        for number in range(len(flags)):
            found = await told(module, link, {name: place == number for name, place in every.items()})
            fields = found["D"].removeprefix("D").split(",")
            for place, bits in flags.items():
                value = int(fields[place])
                set_bits = {name for bit, name in bits.items() if value & bit}
                assert set_bits == {name for name in bits.values() if every[name] == number}
                meaningless.add(value & ~sum(bits))
            assert not int(fields[17]) & 0x04
        assert len(meaningless) > 2


@pytest.mark.parametrize(
    ("firmware", "lengths"),
    [
        (Firmware.V3_2_016, {"S": 37, "D": 21, "L": 18, "W": 9, "F": 9, "G": 23}),
        (Firmware.V3_3_003, {"S": 38, "D": 21, "L": 19, "W": 9, "F": 9, "G": 23}),
        (Firmware.V3_3_005, {"S": 42, "D": 21, "L": 19, "W": 9, "F": 10, "X": 24}),
        (Firmware.V3_3_006, {"S": 42, "D": 21, "L": 19, "W": 9, "F": 10, "X": 24}),
    ],
)
async def test_generations(server: OvmsServer, firmware: Firmware, lengths: dict[str, int]) -> None:
    """Older releases know fewer fields, and had another code for the generator."""
    async with driving(server, firmware=firmware) as (module, link):
        found = await told(module, link, {"v.g.current": 1.0, "m.net.mdm.mode": "LTE"})
        assert {code: len(message.split(",")) for code, message in found.items() if code != "Y"} == lengths
        assert len(found["Y"].split(",")) == (19 if firmware is Firmware.V3_3_006 else 17)


async def test_numeric_states(server: OvmsServer) -> None:
    """Substate, state and mode are told by their old numbers, too, or by what stands for no number."""
    async with driving(server) as (module, link):
        for state, substate, mode, numbers in (
            ("topoff", "scheduledstart", "range", ["2", "2", "3"]),
            ("done", "interrupted", "performance", ["14", "4", "4"]),
            ("timerwait", "", "storage", ["0", "14", "1"]),
            ("other", "other", "other", ["0", "0", "-1"]),
        ):
            found = await told(module, link, {"v.c.state": state, "v.c.substate": substate, "v.c.mode": mode})
            assert found["S"].split(",")[12:15] == numbers


async def test_shorter_duration(server: OvmsServer) -> None:
    """That to the range, if there is one and it is shorter; else that to the state of charge."""
    async with driving(server) as (module, link):
        for to_range, to_soc, shorter in ((30, 60, "30"), (60, 30, "30"), (-1, 30, "30"), (0, 30, "0")):
            durations: dict[str, MetricValue] = {"v.c.duration.range": to_range, "v.c.duration.soc": to_soc}
            assert (await told(module, link, durations))["S"].split(",")[20] == shorter


async def test_dates_go_through_single_precision(server: OvmsServer) -> None:
    """Only each 128th second is left of them."""
    async with driving(server) as (module, link):
        moment = int(datetime(2026, 11, 20, 12, 34, 56, tzinfo=UTC).timestamp())
        found = await told(module, link, {"v.c.timestamp": moment, "v.e.serv.time": moment, "v.g.current": 1.0})
        for field in (found["S"].split(",")[41], found["F"].split(",")[7]):
            assert int(field) % 128 == 0
            assert abs(int(field) - moment) <= 64
        assert found["X"].split(",")[23] == "-1"


async def test_validity(server: OvmsServer) -> None:
    """What has not been heard of for long is still told, and said to be old."""
    async with driving(server) as (module, link):
        await module.tick(1)
        link.stale |= {"v.e.temp", "v.t.temp"}
        found = {code: message.split(",") for code, message in (await told(module, link, TYRES)).items()}
        assert found["D"][12:14] == ["1", "0"]
        assert found["W"][8] == "0"
        assert (found["Y"][10], found["Y"][16]) == ("1", "0")
        assert found["L"][5] == "1"
        await module.set("v.p.gpslock", value=False, publish=False)
        await module.tick(20)
        assert (await told(module, link, {}))["L"].split(",")[4:6] == ["0", "0"]
        link.stale |= {"v.i.temp", "v.m.temp", "v.b.temp", "v.c.temp", "v.e.cabintemp"}
        assert (await told(module, link, {}))["D"].split(",")[12:14] == ["0", "0"]


async def test_cold_tyres(server: OvmsServer) -> None:
    """The old message knows no temperature below one degree."""
    async with driving(server) as (module, link):
        found = await told(module, link, {"v.t.temp": [-7.0, 0.0, 1.0, 2.0], "v.t.health": [95.0, 93.5, 96.0, 74.0]})
        fields = found["W"].split(",")
        assert [fields[place] for place in (1, 3, 5, 7)] == ["1", "2", "1", "1"]
        assert ",4,-7.0,0.0,1.0,2.0,1,4,95.0,93.5,96.0,74.0,1," in found["Y"]


async def test_signal(server: OvmsServer) -> None:
    """In the modem's own steps of two decibels."""
    async with driving(server) as (module, link):
        for dbm, step in ((-113, "0"), (-83, "15"), (-51, "31")):
            assert (await told(module, link, {"m.net.sq": dbm}))["F"].split(",")[2] == step
