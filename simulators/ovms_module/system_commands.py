"""The shell's commands that are not the car's: configuration, metrics, status, restart."""

from collections.abc import Callable
from datetime import tzinfo

from .configuration import Configuration
from .encoding import encode, read
from .firmware import Generation
from .metrics import Metric, Metrics
from .server import Server
from .shell import Answer, Command, failed, lines
from .vehicles import CAR_TYPES, car_type

_FRESH_AGE = "00"


class SystemCommands:
    """The framework's commands of one module."""

    def __init__(
        self,
        metrics: Metrics,
        config: Configuration,
        generation: Generation,
        server: Server,
        vehicle_type: str,
        zone: tzinfo,
        reset: Callable[[], None],
    ) -> None:
        """Answer about these parts; `reset` restarts the module a second later."""
        self._metrics = metrics
        self._config = config
        self._generation = generation
        self._server = server
        self._vehicle_type = vehicle_type
        self._zone = zone
        self._reset = reset

    def register(self, root: Command) -> None:
        """Add the commands that this firmware has."""
        config = root.add("config")
        config.add("list", self._config_list, "[<param>]", 0, 1)
        config.add("set", self._config_set, "<param> <instance> <value>", 3)
        config.add("rm", self._config_rm, "<param> {<instance> | *}", 2)
        metrics = root.add("metrics")
        metrics.add("list", self._metrics_list, "[-cimnpst] [<metric>]", 0, 8)
        metrics.add("set", self._metrics_set, "<metric> <value> [<unit>]", 2, 3)
        if self._generation.metrics_get:
            metrics.add("get", self._metrics_get, "<metric> [<unit>]", 1, 2)
        stat = root.add("stat", lambda _: Answer(self.stat()))
        stat.add("trip", lambda _: Answer(f"Trip: {self._metrics.number('v.p.trip'):.1f}km"))
        server = root.add("server").add("v3")
        server.add("status", self._server_status)
        if kinds := self._generation.update_kinds:
            server.add("update", self._server_update, f"[{'|'.join(kinds)}]", 0, 1)
        root.add("ota").add("status", self._ota_status, "[nocheck]", 0, 1)
        root.add("module").add("reset", self._module_reset)
        vehicle = root.add("vehicle")
        vehicle.add("list", self._vehicle_list)
        vehicle.add("status", self._vehicle_status)

    def stat(self) -> str:
        """What `stat` prints, which is also the text of a charge's notifications."""
        if self._metrics.boolean("v.c.charging"):
            mode, state = self._metrics.text("v.c.mode"), self._metrics.text("v.c.state")
            rows = [f"{mode.capitalize()} - {state.capitalize()}"]
        else:
            rows = ["Not charging"]
        rows += [
            f"SOC: {self._metrics.number('v.b.soc'):.1f}%",
            f"Ideal range: {self._metrics.number('v.b.range.ideal'):.0f}km",
            f"Est. range: {self._metrics.number('v.b.range.est'):.0f}km",
            f"ODO: {self._metrics.number('v.p.odometer'):.1f}km",
            f"CAC: {self._metrics.number('v.b.cac'):.1f}Ah",
            f"SOH: {self._metrics.number('v.b.soh'):.0f}%",
        ]
        return "\n".join(rows) + "\n"

    # Configuration

    def _config_list(self, words: list[str]) -> Answer:
        if not words:
            return Answer("".join(f"{param:<20} \n" for param in self._config.params()))
        param = words[0]
        if param not in self._config.params():
            return failed(f"{param} not found")
        hidden = self._config.protected(param)
        rows = [f"{param} ({'protected' if hidden else 'readable'} writeable)\n"]
        for instance, value in self._config.instances(param).items():
            rows.append(f"  {instance}\n" if hidden else f"  {instance}: {value}\n")
        return Answer("".join(rows))

    def _config_set(self, words: list[str]) -> Answer:
        param, instance, value = words
        if param not in self._config.params():
            return failed("Error: parameter not found")
        self._config[param, instance] = value
        limit = car_type(self._vehicle_type).limit
        if limit is not None and (param, instance) == (limit.param, limit.instance):
            self._metrics.set("v.c.limit.soc", self._config.number(param, instance, 0))
        return Answer("Parameter has been set.")

    def _config_rm(self, words: list[str]) -> Answer:
        param, instance = words
        if param not in self._config.params():
            return failed("Error: parameter not found")
        if self._config.pop((param, instance), None) is None:
            return failed("")
        return Answer(f"Instance {instance} has been removed.")

    # Metrics

    def _metrics_list(self, words: list[str]) -> Answer:
        options = "".join(word[1:] for word in words if word.startswith("-"))
        wanted = next((word for word in words if not word.startswith("-")), "")
        rows = [self._metric_row(metric, options) for metric in self._metrics if wanted in metric.definition.name]
        return Answer("".join(rows) or "Unrecognised metric name\n")

    def _metric_row(self, metric: Metric, options: str) -> str:
        name = metric.definition.name
        age = f"[{_FRESH_AGE}-] " if metric.defined else "[---] "
        prefix = age if "s" in options else ""
        return f"{prefix}{name:<40} {self._shown(metric)}\n" if metric.defined else f"{prefix}{name}\n"

    def _metrics_get(self, words: list[str]) -> Answer:
        if words[0] not in self._metrics:
            return failed("(not found)")
        metric = self._metrics[words[0]]
        return Answer(self._shown(metric) if metric.defined else "(not set)")

    def _metrics_set(self, words: list[str]) -> Answer:
        name, text = words[:2]
        if name not in self._metrics:
            return failed("Metric could not be set")
        try:
            value = read(self._metrics[name].definition.kind, text)
        except ValueError:
            return failed("Metric could not be set")
        self._metrics.set(name, value)
        return Answer("Metric set")

    def _shown(self, metric: Metric) -> str:
        return encode(metric.definition.kind, metric.value, self._generation, self._zone) + metric.definition.unit

    # Status

    def _server_status(self, _: list[str]) -> Answer:
        state, explanation = self._server.status
        return Answer(f"State: {state}\n       {explanation}\n")

    def _server_update(self, words: list[str]) -> Answer:
        kinds = self._generation.update_kinds
        found = [kind for kind in kinds if kind.startswith(words[0])] if words else ["modified"]
        if len(found) != 1:
            return failed(f"Usage: server v3 update [{'|'.join(kinds)}]")
        self._server.schedule_update(found[0])
        return Answer(f"Server V3 data update for {found[0]} metrics has been scheduled")

    def _ota_status(self, words: list[str]) -> Answer:
        rows: dict[str, object] = {
            "Hardware": self._metrics.text("m.hardware"),
            "Firmware": self._metrics.text("m.version"),
            "Running partition": "ota_0",
            "Boot partition": "ota_0",
            "OTA_O image": self._generation.version,
            "OTA_1 image": self._generation.version,
        }
        if not words:
            rows["Server Available"] = f"{self._generation.version} (no update required)"
        elif not "nocheck".startswith(words[0]):
            return failed("Usage: ota status [nocheck]")
        return Answer(lines(rows))

    def _module_reset(self, _: list[str]) -> Answer:
        self._reset()
        return Answer("Resetting system...")

    @staticmethod
    def _vehicle_list(_: list[str]) -> Answer:
        rows = [f"{code:<15.15} {car.name}\n" for code, car in CAR_TYPES.items()]
        return Answer("Type            Name\n" + "".join(rows))

    def _vehicle_status(self, _: list[str]) -> Answer:
        name = car_type(self._vehicle_type).name
        return Answer(f"Vehicle module '{name}' (code {self._vehicle_type}) loaded and running")
