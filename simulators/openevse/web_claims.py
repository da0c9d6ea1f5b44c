"""What a client of 4.0 and later asks the manager for: overrides, claims, limits, schedules."""

from dataclasses import replace

from .claims import Claim, Client, Priority, Properties, read_properties
from .gateway import Gateway
from .http import NO_JSON, NOT_ALLOWED, NOT_FOUND, Answer, Asked, Handler, message, of_json
from .limit import Limit
from .manager import Manager
from .schedule import Schedule

_NO_CLAIM = message("Could not make claim", 400)


class ClaimDoors:
    """Overrides and claims."""

    def __init__(self, gateway: Gateway, manager: Manager) -> None:
        """Lead to a manager."""
        self._gateway = gateway
        self._firmware = gateway.firmware
        self._manager = manager

    @property
    def handlers(self) -> dict[str, Handler]:
        """By path."""
        return {
            "/override": self._override,
            "/claims": self._claims,
            "/claims/{id}": self._claim,
            "/claims/target": lambda _: of_json(self._manager.target()),
        }

    def _properties(self, asked: Asked, *, auto_release: bool) -> Properties | None:
        said = asked.object()
        if said is None:
            return None
        return read_properties(said, limits=self._firmware.override_limits, auto_release=auto_release)

    def _override(self, asked: Asked) -> Answer:
        confirms = self._gateway.knobs.confirm
        match asked.method:
            case "GET":
                claim = self._manager.claims.get(Client.MANUAL)
                return of_json({} if claim is None else claim.properties.as_json())
            case "POST":
                properties = self._properties(asked, auto_release=True)
                if properties is None:
                    return NO_JSON
                if self._firmware.releases_override:
                    properties = replace(properties, auto_release=True)
                if confirms and not self._manager.override(properties):
                    return message("Failed to claim manual override", 500)
                return message("Created", 201)
            case "PATCH":
                if confirms:
                    self._manager.toggle_override()
                return message("Updated")
            case _:
                if not self._manager.overridden:
                    return message("Failed to release manual override", 500)
                if confirms:
                    self._manager.release_override()
                return message("Deleted")

    def _claims(self, asked: Asked) -> Answer:
        if asked.method != "GET":
            return NOT_ALLOWED
        return of_json([self._tell(claim) for claim in self._manager.claims])

    @staticmethod
    def _tell(claim: Claim) -> dict[str, object]:
        return {"client": claim.client, "priority": claim.priority, **claim.properties.as_json()}

    def _claim(self, asked: Asked) -> Answer:
        confirms = self._gateway.knobs.confirm
        claim = self._manager.claims.get(asked.id)
        match asked.method:
            case "GET":
                return (
                    NOT_FOUND if claim is None else of_json({"priority": claim.priority, **claim.properties.as_json()})
                )
            case "POST":
                properties = self._properties(asked, auto_release=False)
                if properties is None:
                    return NO_JSON
                # Whatever priority is asked for, and whoever's number it is.
                if confirms and not self._manager.claims.make(asked.id, Priority.API, properties):
                    return _NO_CLAIM
                return message("done")
            case _:
                if claim is None:
                    return NOT_FOUND
                if confirms:
                    self._manager.claims.release(asked.id)
                return message("done")


class LimitDoor:
    """The limit of a session."""

    def __init__(self, gateway: Gateway, limit: Limit) -> None:
        """Lead to a limit."""
        self._gateway = gateway
        self._the_limit = limit

    @property
    def handlers(self) -> dict[str, Handler]:
        """By path."""
        return {"/limit": self._limit}

    def _limit(self, asked: Asked) -> Answer:
        limit = self._the_limit
        match asked.method:
            case "GET":
                return of_json(limit.as_json())
            case "POST":
                said = asked.object()
                if said is None or (self._gateway.knobs.confirm and not limit.set(said)):
                    return message("Could not set limit", 400) if said is not None else NO_JSON
                return message("Created", 201)
            case _:
                if self._gateway.knobs.confirm:
                    limit.clear()
                return message("Deleted")


class ScheduleDoors:
    """The schedule."""

    def __init__(self, gateway: Gateway, schedule: Schedule) -> None:
        """Lead to a schedule."""
        self._gateway = gateway
        self._schedule = schedule

    @property
    def handlers(self) -> dict[str, Handler]:
        """By path."""
        return {
            "/schedule": self._all,
            "/schedule/{id}": self._one,
            "/schedule/plan": lambda _: of_json(self._schedule.plan()),
        }

    def _all(self, asked: Asked) -> Answer:
        match asked.method:
            case "GET":
                return of_json(self._schedule.as_json())
            case "POST":
                return self._merge(asked, None)
            case _:
                return NOT_ALLOWED

    def _one(self, asked: Asked) -> Answer:
        found = self._schedule.get(asked.id)
        match asked.method:
            case "GET":
                return NOT_FOUND if found is None else of_json(found)
            case "POST":
                return self._merge(asked, asked.id)
            case _:
                if found is None:
                    return NOT_FOUND
                if self._gateway.knobs.confirm:
                    self._schedule.remove(asked.id)
                return message("done")

    def _merge(self, asked: Asked, event: int | None) -> Answer:
        try:
            said = asked.json()
        except ValueError:
            return NO_JSON
        if self._gateway.knobs.confirm and not self._schedule.merge(said, event):
            return NO_JSON
        return message("done")
