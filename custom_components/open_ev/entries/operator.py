"""The life of an operator's config entry: its connection, and the device page of each charge point that is chosen there."""

from typing import override

from homeassistant.config_entries import ConfigSubentry
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryAuthFailed, ConfigEntryNotReady
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.typing import UNDEFINED
from homeassistant.setup import async_setup_component

from ..clients.ocpi.addresses import is_loopback, operator_url
from ..clients.ocpi.callbacks import Reply
from ..clients.ocpi.charge_point import ABILITIES, CONNECTION, ChargePoint
from ..clients.ocpi.errors import OcpiError, Unauthorized
from ..clients.ocpi.operator import Operator
from ..const import CONF_CONNECTOR_ID, CONF_EVSE_UID, CONF_LOCATION_ID, CONF_VERSIONS_URL, DOMAIN, SUBENTRY_CHARGE_POINT
from ..coordinator import OperatorConfigEntry, OperatorRuntime, Runtime
from ..descriptions.charge_point import charge_point_rows
from ..entity import former_entities
from ..issues.operator import OperatorIssues
from ..settings.operator import client_of, operator_error_key, operator_said, pace_of
from .link_watch import LinkWatch
from .reservations import Reservations
from .webhooks import Webhooks


async def async_start_operator(hass: HomeAssistant, entry: OperatorConfigEntry) -> None:
    """Connect an operator, and follow it until the entry is unloaded.

    Raises:
        ConfigEntryAuthFailed: the operator does not know the token in the entry.
        ConfigEntryNotReady: the operator cannot be had now.
    """
    # Hardly any home is without, but cars and chargers need none.
    await async_setup_component(hass, "webhook", {})
    operator = _operator_of(hass, entry)
    # Whatever is chosen or changed is another set of charge points, or another way to them.
    entry.async_on_unload(entry.add_update_listener(_load_again))
    entry.async_on_unload(operator.close)

    async def leave(_: Event) -> None:
        await operator.close()

    # No entry is unloaded when Home Assistant stops, which should not wait for what becomes of a command.
    entry.async_on_unload(hass.bus.async_listen(EVENT_HOMEASSISTANT_STOP, leave))
    pages = [
        ChargePointPage(hass, entry, subentry, _charge_point_of(operator, subentry))
        for subentry in entry.get_subentries_of_type(SUBENTRY_CHARGE_POINT)
    ]
    await Reservations(hass, entry).recall(operator)
    await _connect(operator)
    entry.runtime_data = OperatorRuntime(operator=operator, devices=tuple(page.show() for page in pages))
    OperatorIssues(hass, entry).start()
    watch = OperatorWatch(hass, entry)
    watch.found()
    running = entry.async_create_background_task(hass, operator.run(watch.changed), f"{DOMAIN} watch of {entry.title}")
    running.add_done_callback(watch.ended)


async def _load_again(hass: HomeAssistant, entry: OperatorConfigEntry) -> None:
    hass.config_entries.async_schedule_reload(entry.entry_id)


@callback
def _operator_of(hass: HomeAssistant, entry: OperatorConfigEntry) -> Operator:
    def deliver(pending_id: str, authorization: str | None, body: bytes) -> Reply:
        return operator.results.deliver(pending_id, authorization, body)

    on_this_machine = is_loopback(operator_url(entry.data[CONF_VERSIONS_URL]))
    webhooks = Webhooks(hass, entry.title, deliver, over_http=on_this_machine)
    operator = Operator(client_of(hass, entry.data), callbacks=webhooks, pace=pace_of(entry.options))
    return operator


@callback
def _charge_point_of(operator: Operator, subentry: ConfigSubentry) -> ChargePoint:
    data = subentry.data
    return operator.charge_point(data[CONF_LOCATION_ID], data[CONF_EVSE_UID], connector_id=data.get(CONF_CONNECTOR_ID))


async def _connect(operator: Operator) -> None:
    try:
        await operator.connect()
    except OcpiError as error:
        failed = ConfigEntryAuthFailed if isinstance(error, Unauthorized) else ConfigEntryNotReady
        raise failed(
            translation_domain=DOMAIN,
            translation_key=operator_error_key(error),
            translation_placeholders=operator_said(error),
        ) from error


class OperatorWatch(LinkWatch[OcpiError]):
    """Follows the connection to an operator."""

    @override
    def _is_refusal(self, error: OcpiError) -> bool:
        return isinstance(error, Unauthorized)


class ChargePointPage:
    """The device page of a charge point, and what its entities are."""

    def __init__(
        self, hass: HomeAssistant, entry: OperatorConfigEntry, subentry: ConfigSubentry, point: ChargePoint
    ) -> None:
        """Take what the page is made of."""
        self._hass = hass
        self._entry = entry
        self._subentry = subentry
        self._point = point
        # Its history goes on when another charge point is put in its place.
        self._unique_id = subentry.subentry_id

    @callback
    def show(self) -> Runtime[ChargePoint]:
        """Put on the page what is known, and say what its entities are from now on."""
        evse = self._point.evse
        identifiers = {(DOMAIN, self._unique_id)}
        dr.async_get(self._hass).async_get_or_create(
            config_entry_id=self._entry.entry_id,
            config_subentry_id=self._subentry.subentry_id,
            identifiers=identifiers,
            name=self._subentry.title,
            manufacturer=self._entry.title,
            model="Charge point",
            # What is printed on it, and told to the operator's hotline. As it was, while nothing is known.
            serial_number=UNDEFINED if evse is None else evse.evse_id,
        )
        rows = charge_point_rows(self._point, had=former_entities(self._hass, self._entry, self._unique_id))

        @callback
        def changed() -> None:
            """Load the entry again if other things can be done there than before."""
            if charge_point_rows(self._point, had=rows.entities()).entities() != rows.entities():
                self._hass.config_entries.async_schedule_reload(self._entry.entry_id)

        self._entry.async_on_unload(self._point.subscribe((ABILITIES, CONNECTION), changed))
        return Runtime(
            device=self._point,
            unique_id=self._unique_id,
            device_info=DeviceInfo(identifiers=identifiers),
            rows=rows,
            subentry_id=self._subentry.subentry_id,
        )
