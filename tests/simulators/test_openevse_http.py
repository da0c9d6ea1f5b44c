"""The simulated gateway's settings, its network, and what goes wrong with its answers."""

import asyncio

import aiohttp
import pytest

from simulators.openevse import Generation, OpenEvse

from .openevse_visitor import Json, Visitor, visit

pytestmark = pytest.mark.usefixtures("socket_enabled")

ESP8266 = {Generation.V2_7, Generation.V2_9}


async def test_config_is_written() -> None:
    """Checks, service level, calibration and the maximum go to the controller; what is unknown changes nothing."""
    evse = OpenEvse(Generation.V5_1)
    async with visit(evse) as visitor:
        said: Json = {
            "ground_check": False,
            "service": 1,
            "scale": 200,
            "offset": 5,
            "hostname": "garage",
            "current_shaper_enabled": True,
        }
        reply = (await visitor.post("/config", said)).json
        assert isinstance(reply, dict)
        assert reply["msg"] == "done"
        told = await visitor.config()
        assert isinstance(said, dict)
        assert {name: told[name] for name in said} == said
        for nothing in (said, {"no_such_thing": 1}):
            assert (await visitor.post("/config", nothing)).json == {**reply, "msg": "no change"}
        await visitor.post("/config", {"service": 2, "max_current_soft": 16})
        assert (evse.pilot, evse.eeprom.maximum[2], (await visitor.config())["max_current_soft"]) == (16, 16, 16)
        await visitor.post("/config", {"max_current_soft": 200})
        assert evse.pilot == 80
        assert (await visitor.post("/config", {"max_current_hard": 90})).status == 423
        assert (await visitor.ask("POST", "/config", body=b"{")).status == 400


@pytest.mark.parametrize(("generation", "changes"), [(Generation.V5_1, True), (Generation.HEAD, False)])
async def test_automatic_service_level(generation: Generation, changes: bool) -> None:
    """0 is automatic up to 5.1; afterwards it is taken without a word, and nothing follows."""
    evse = OpenEvse(generation)
    async with visit(evse) as visitor:
        await visitor.post("/config", {"service": 1})
        reply = (await visitor.post("/config", {"service": 0})).json
        assert isinstance(reply, dict)
        assert reply["msg"] == ("done" if changes else "no change")
        assert (await visitor.config())["service"] == (0 if changes else 1)


@pytest.mark.parametrize("generation", list(Generation))
async def test_secrets_are_not_told(generation: Generation) -> None:
    """A dummy stands in their place, and keeps them when it comes back."""
    evse = OpenEvse(generation)
    async with visit(evse) as visitor:
        told = await visitor.config()
        assert (told["pass"], told["mqtt_pass"]) == ("_DUMMY_PASSWORD", "")
        await visitor.post("/config", {"pass": "_DUMMY_PASSWORD", "mqtt_pass": "new"})
        assert evse.config["pass"] == "secret"
        assert evse.config["mqtt_pass"] == ("" if generation is Generation.V2_7 else "new")


async def test_a_serial_number_that_is_no_text() -> None:
    """0xFF and control characters are in /config as they are."""
    evse = OpenEvse(Generation.V4_1_7)
    async with visit(evse) as visitor:
        evse.knobs.odd_bytes = b"\xff\x01"
        body = (await visitor.get("/config")).body
        assert b'"evse_serial":"SIM001FF000001\xff\x01"' in body
        with pytest.raises(UnicodeDecodeError):
            body.decode()


@pytest.mark.parametrize("generation", list(Generation))
async def test_names_of_the_charger(generation: Generation) -> None:
    """In upper case in /config, in lower case for zeroconf; before 4.1.2 there is none to ask for."""
    evse = OpenEvse(generation, serial="a1b2c3d4e5f6", version="master_abcd123")
    async with visit(evse) as visitor:
        told = await visitor.config()
        assert told["version"] == "master_abcd123"
        assert evse.announcement["id"] == "a1b2c3d4e5f6"
        old = generation in {*ESP8266, Generation.V3_3, Generation.V4_1_0}
        assert told.get("wifi_serial") == (None if old else "A1B2C3D4E5F6")
        assert (await visitor.status()).get("macaddress") in {None, "A1:B2:C3:D4:E5:F6"}


async def test_config_of_the_newest() -> None:
    """The button, the heartbeat and the voltage, too."""
    evse = OpenEvse(Generation.HEAD)
    async with visit(evse) as visitor:
        said: dict[str, Json] = {"front_button": False, "heartbeat_interval": 30, "heartbeat_current": 8}
        await visitor.post("/config", said)
        told = await visitor.config()
        assert {name: told[name] for name in said} == said
        evse.plug_in()
        evse.press_button()
        assert evse.relay_closed
        for path, body, voltage in (("/config", {"voltage": 23_000}, 230), ("/status", {"voltage": 228.5}, 228.5)):
            await visitor.post(path, dict[str, Json](body))
            assert (await visitor.status())["voltage"] == voltage


async def test_feeds_before_the_source_was_configured() -> None:
    """4.1.7 takes the car's data as they come; 4.1.0 listens to none."""
    for generation, expected in ((Generation.V4_1_7, 61), (Generation.V4_1_0, None)):
        async with visit(OpenEvse(generation)) as visitor:
            assert (await visitor.post("/status", {"battery_level": 61, "home_battery_soc": 3})).status == 200
            told = await visitor.status()
            assert told.get("battery_level") == expected
            assert "home_battery_soc" not in told
            assert (await visitor.ask("POST", "/status", body=b"[1]")).status == (400 if expected else 200)


@pytest.mark.parametrize("generation", [Generation.V2_9, Generation.V4_1_7])
async def test_old_forms(generation: Generation) -> None:
    """The administrator's name and password, and the end of the access point."""
    evse = OpenEvse(generation, access_point=True)
    async with visit(evse) as visitor:
        form = {"user": "me", "pass": "secret"}
        assert (await visitor.ask("POST", "/saveadmin", form=form)).text == "saved"
        assert (evse.config["www_username"], evse.config["www_password"]) == ("me", "secret")
        assert (await visitor.get("/apoff")).text == "Turning AP Off"
        evse.tick(2)
        assert (await visitor.get("/status")).status == 401


async def test_restarts_on_demand() -> None:
    """From 5.0 on it says what; what it does not know it does not do."""
    evse = OpenEvse(Generation.V5_1)
    async with visit(evse) as visitor:
        assert (await visitor.post("/restart", {"device": "gateway"})).status == 200
        assert evse.gateway_restarts == 1
        assert (await visitor.post("/restart", {"device": "toaster"})).status == 404
        assert (await visitor.ask("POST", "/restart", body=b"now")).status == 400
        assert (await visitor.ask("PUT", "/override")).status == 405
        assert (evse.gateway_restarts, evse.controller_restarts) == (1, 0)


async def test_meters_clock_and_log() -> None:
    """Reset, set, read."""
    evse = OpenEvse(Generation.V5_1)
    async with visit(evse) as visitor:
        evse.plug_in()
        evse.tick(60)
        assert (await visitor.ask("DELETE", "/emeter", said={"hard": True, "import": False})).status == 200
        assert (await visitor.status())["total_energy"] == 0
        reply = await visitor.ask("POST", "/settime", form={"time": "2030-05-06T07:08:09+00:00"})
        assert reply.status == 200
        assert evse.clock is not None
        assert evse.clock.isoformat() == "2030-05-06T07:08:09"
        log = (await visitor.get("/logs/0")).json
        assert isinstance(log, list)
        assert [row["evseState"] for row in log if isinstance(row, dict)] == [1, 3]
        assert (await visitor.get("/time")).status == 200
        assert (await visitor.post("/settime", {"time": "noon"})).status == 400
        assert (await visitor.ask("DELETE", "/emeter", said={"import": True})).status == 200
        assert (await visitor.status())["total_energy"] == 0.064


@pytest.mark.parametrize("generation", list(Generation))
async def test_joining_a_network(generation: Generation) -> None:
    """Scan twice, say which; two seconds later it is there."""
    evse = OpenEvse(generation, username="me", password="secret", access_point=True)
    async with visit(evse) as visitor:
        assert (await visitor.status())["mode"] == "AP"
        assert (await visitor.get("/generate_204")).status == 301
        assert (await visitor.get("/scan")).json == []
        found = (await visitor.get("/scan")).json
        assert isinstance(found, list)
        assert [row["ssid"] for row in found if isinstance(row, dict)] == ["Home", "Neighbour"]
        by_form = generation not in {Generation.V4_2, Generation.V5_0, Generation.V5_1, Generation.HEAD}
        form = {"ssid": "Home", "pass": "word"}
        reply = await visitor.ask("POST", "/savenetwork", form=form)
        assert (reply.status, reply.text) == ((200, "saved") if by_form else (301, ""))
        if not by_form:
            assert (await visitor.post("/config", {"ssid": "Home", "pass": "word"})).status == 200
        assert (evse.config["ssid"], evse.network.mode) == ("Home", "AP")
        evse.tick(2)
        assert evse.network.mode == "STA"
        assert (await visitor.get("/status")).status == 401
        assert (await visitor.ask("GET", "/nowhere", login=("me", "secret"))).status == 404


async def test_a_network_needs_a_name() -> None:
    """Without one nothing is saved."""
    async with visit(OpenEvse(Generation.V3_3, access_point=True)) as visitor:
        reply = await visitor.ask("POST", "/savenetwork", form={"pass": "word"})
        assert (reply.status, reply.text) == (400, "No SSID")


@pytest.fixture
def evse() -> OpenEvse:
    """A charger to break."""
    return OpenEvse(Generation.V5_1)


async def test_answers_that_are_none(evse: OpenEvse) -> None:
    """Status codes, HTML for JSON, JSON cut off; what was asked for is not done, unless the answer alone is broken."""
    async with visit(evse) as visitor:
        evse.knobs.status = 503
        assert (await visitor.post("/override", {"state": "disabled"})).status == 503
        assert not evse.claims
        evse.knobs.heal()
        evse.knobs.html = True
        assert b"<html>" in (await visitor.get("/status")).body
        evse.knobs.heal()
        evse.knobs.cut_off = True
        reply = await visitor.get("/status")
        assert reply.status == 200
        with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
            assert reply.json
        evse.knobs.heal()
        evse.knobs.status, evse.knobs.paths, evse.knobs.for_requests = 500, frozenset({"/config"}), 1
        statuses = [(await visitor.get(path)).status for path in ("/status", "/config", "/config")]
        assert statuses == [200, 500, 200]


async def test_connections_that_break(evse: OpenEvse) -> None:
    """Dropped, half an answer before a restart, refused."""
    async with visit(evse) as visitor:
        evse.claim(20, charge_current=10)
        evse.knobs.hang_up = True
        with pytest.raises(aiohttp.ServerDisconnectedError):
            await visitor.get("/status")
        evse.knobs.heal()
        evse.knobs.restart_mid_answer = True
        with pytest.raises(aiohttp.ClientPayloadError):
            await visitor.get("/status")
        assert (evse.gateway_restarts, len(evse.claims)) == (1, 0)
        evse.knobs.heal()
        await evse.refuse_connections()
        with pytest.raises(aiohttp.ClientConnectorError):
            await visitor.get("/status")
        await evse.accept_connections()
        assert (await visitor.get("/status")).status == 200


async def test_answers_that_take_long(evse: OpenEvse) -> None:
    """Slow, or never; and it is seen when somebody does not wait for one before asking for the next."""
    async with visit(evse) as visitor:
        evse.knobs.slow = 0.05
        async with asyncio.TaskGroup() as group:
            for _ in range(3):
                group.create_task(visitor.get("/status"))
        assert evse.most_at_once == 3
        evse.knobs.heal()
        evse.knobs.silent = True
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await visitor.get("/status")
        assert [request.path for request in evse.requests] == ["/status"] * 4


async def test_a_charger_that_lies(evse: OpenEvse) -> None:
    """/status can be made to say anything, and what is done can be kept from happening."""
    async with visit(evse) as visitor:
        evse.say(state=99, temp4=None)
        told = await visitor.status()
        assert (told["state"], "temp4" in told) == (99, False)
        evse.say_truth()
        assert (await visitor.status())["state"] == 1
        evse.knobs.confirm = False
        await confirm_nothing(visitor)
        assert (len(evse.claims), evse.limit, evse.schedule, evse.divert_mode) == (0, {}, [], 1)
        assert (evse.eeprom.writes, evse.gateway_restarts, evse.config["hostname"]) == (0, 0, "openevse")


async def confirm_nothing(visitor: Visitor) -> None:
    """Ask for everything; all of it is agreed to."""
    event: dict[str, Json] = {"state": "active", "time": "01:00", "days": ["monday"]}
    everything: list[tuple[str, dict[str, Json]]] = [
        ("/override", {"state": "disabled"}),
        ("/claims/20", {"state": "disabled"}),
        ("/limit", {"type": "time", "value": 1}),
        ("/schedule", event),
        ("/config", {"max_current_soft": 10, "hostname": "garage", "gfci_check": False}),
        ("/status", {"battery_level": 50}),
        ("/restart", {"device": "gateway"}),
    ]
    for path, said in everything:
        assert (await visitor.post(path, said)).status in {200, 201}
    assert (await visitor.get("/divertmode", divertmode="2")).status == 200


async def test_time_that_runs() -> None:
    """At any speed."""
    evse = OpenEvse(Generation.V2_9, speed=1000)
    async with visit(evse) as visitor:
        evse.plug_in()
        async with asyncio.timeout(3):
            while evse.session_energy < 50:
                await visitor.status()


async def test_stop_and_start(evse: OpenEvse) -> None:
    """On the same port, and nothing is forgotten."""
    async with visit(evse) as visitor:
        evse.claim(20, charge_current=10)
        port = evse.port
        await evse.stop()
        with pytest.raises(aiohttp.ClientConnectionError):
            await visitor.get("/status")
        await evse.start()
        assert (evse.port, (await visitor.status())["pilot"]) == (port, 10)
