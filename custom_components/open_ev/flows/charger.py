"""Setting a charger up, and changing how it is reached.

Whatever starts it (a person, discovery, a change), the charger is read before anything is kept, and it ends in one step.
"""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any, Final, override

from homeassistant.config_entries import (
    SOURCE_DHCP,
    SOURCE_REAUTH,
    SOURCE_RECONFIGURE,
    ConfigEntry,
    ConfigEntryState,
    ConfigFlowResult,
)
from homeassistant.const import CONF_HOST, CONF_NAME, CONF_PASSWORD, CONF_URL, CONF_USERNAME
from homeassistant.data_entry_flow import AbortFlow
from homeassistant.helpers.service_info.dhcp import DhcpServiceInfo
from homeassistant.helpers.service_info.zeroconf import ZeroconfServiceInfo
from yarl import URL

from ..clients.openevse.charger import Charger
from ..clients.openevse.errors import OpenEvseError, TlsWanted
from ..clients.openevse.identity import identify, read_charger, shown_name
from ..clients.openevse.networks import is_access_point
from ..const import CONF_KIND, CONF_VERIFY_TLS, Kind
from ..entries.known_chargers import Heard, entry_of, is_serial, known_serial, still_answers, told_serial
from ..issues.charger import ask_about_move
from ..names import name_of
from ..settings.charger import charger_error_key, gateway_of
from .access_point import AccessPointFlow, FoundCharger
from .charger_forms import address_schema, credentials, is_encrypted, is_same_server, moved_urls, normal_url
from .fields import CREDENTIALS_SCHEMA, NO_FIELDS, without_secrets

# A charger that has just asked for an address starts its web server next.
DISCOVERY_TRIES: Final = 3
DISCOVERY_PAUSE_SECONDS = 5.0

_UNAUTHORIZED: Final = "charger_unauthorized"
_UNREACHABLE: Final = "charger_unreachable"
# That it asks for a password is no reason not to offer a charger that was discovered.
_LOCKED: Final = frozenset({_UNAUTHORIZED, "charger_locked_out"})
# Nor is that its certificate is not trusted, which a person may decide to do without.
_TLS_FAILED: Final = "charger_tls_failed"

_ADDRESS: Final = (CONF_URL, CONF_VERIFY_TLS)
_CREDENTIALS: Final = frozenset({CONF_USERNAME, CONF_PASSWORD})
_WAY: Final = _CREDENTIALS | frozenset(_ADDRESS)


class ChargerFlow(AccessPointFlow):
    """The steps that set up one charger, or change how it is reached."""

    def __init__(self) -> None:
        """Know nothing yet."""
        super().__init__()
        # How the charger is reached, as its entry is going to hold it.
        self._way: dict[str, Any] = {}
        # The form that is shown again when something is wrong, and what it shows of what was typed.
        self._form_in_use = "charger"
        self._filled: dict[str, Any] = {}
        self._discovery: Heard | None = None

    # What starts a flow

    @override
    async def async_step_zeroconf(self, discovery_info: ZeroconfServiceInfo) -> ConfigFlowResult:
        """Take a charger that announces itself (firmware 4.1.5 and later)."""
        serial = (discovery_info.properties.get("id") or "").lower()
        if not is_serial(serial):
            return self.async_abort(reason="not_an_openevse")
        name = discovery_info.name.removesuffix(f".{discovery_info.type}")
        hosts = (discovery_info.host, *discovery_info.addresses)
        return await self._discovered(Heard(serial=serial, name=name, hosts=hosts, port=discovery_info.port))

    @override
    async def async_step_dhcp(self, discovery_info: DhcpServiceInfo) -> ConfigFlowResult:
        """Take a device that is named as a charger is, or that is one we know, when it is given an address."""
        name, hosts = discovery_info.hostname, (discovery_info.ip,)
        return await self._discovered(Heard(serial=discovery_info.macaddress, name=name, hosts=hosts))

    async def _discovered(self, heard: Heard) -> ConfigFlowResult:
        self._discovery = heard
        self._way = {CONF_URL: heard.urls[0], CONF_VERIFY_TLS: True}
        await self._identify(heard.serial)
        wrong = await self._read_patiently(heard.urls)
        name = shown_name(heard.name)
        if wrong is None:
            # A charger on a cable asks for its address with another MAC than the one that is its serial number.
            await self._identify(self._serial)
            name = self.charger.identity.name
        elif wrong not in _LOCKED | {_TLS_FAILED}:
            return self.async_abort(reason=wrong)
        self.context["title_placeholders"] = {CONF_NAME: name}
        self.context["configuration_url"] = self._way[CONF_URL]
        return await self.async_step_charger_confirm()

    async def _identify(self, serial: str | None) -> None:
        """Go on for this charger only, and only if nobody else does."""
        await self.async_set_unique_id(serial)
        await self._abort_if_known(serial)

    async def async_step_charger_confirm(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Have a discovered charger confirmed."""
        if user_input is not None:
            return await self._read_for("charger_confirm")
        self._set_confirm_only()
        return self._show_form("charger_confirm")

    async def async_step_charger_reconfigure(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask the same as at first, in other words: there may be a password that goes to one address only."""
        return await self.async_step_charger(user_input)

    async def async_step_charger(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask where the charger is."""
        if user_input is None:
            return self._show_form("charger")
        self._filled = user_input
        url = normal_url(user_input[CONF_HOST])
        if url is None:
            return self._show_form("charger", {CONF_HOST: "invalid_address"})
        verify_tls = not is_encrypted(url) or user_input.get(CONF_VERIFY_TLS, True)
        self._way = self._stored_credentials(url) | {CONF_URL: url, CONF_VERIFY_TLS: verify_tls}
        return await self._read_for("charger")

    def _stored_credentials(self, url: str) -> dict[str, Any]:
        """Who may come in to the charger that is changed; at another address whoever answers has yet to be given the password."""
        if self.source != SOURCE_RECONFIGURE:
            return {}
        stored = _way_of(self._get_reconfigure_entry(), _CREDENTIALS)
        if not is_same_server(self._get_reconfigure_entry().data[CONF_URL], url):
            stored.pop(CONF_PASSWORD, None)
        return stored

    async def reconfigure_charger(self) -> ConfigFlowResult:
        """Ask where the charger is from now on; who may come in is asked for only if it wants to know that there."""
        self._way = _way_of(self._get_reconfigure_entry())
        self._filled = {CONF_HOST: self._way[CONF_URL], CONF_VERIFY_TLS: self._way[CONF_VERIFY_TLS]}
        return await self.async_step_charger()

    async def reauthenticate_charger(self) -> ConfigFlowResult:
        """Ask who may come in from now on."""
        self._way = _way_of(self._get_reauth_entry())
        return await self.async_step_charger_credentials()

    async def async_step_charger_reauth(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask the same as at first, in other words: Home Assistant was let in before."""
        return await self.async_step_charger_credentials(user_input)

    async def async_step_charger_credentials(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for a user and a password, which is done only once the charger has asked for them."""
        if user_input is None:
            self._filled = without_secrets(self._way)
            return self._show_form("charger_credentials")
        self._filled = without_secrets(user_input)
        self._way = {key: self._way[key] for key in _ADDRESS} | credentials(user_input)
        return await self._read_for("charger_credentials")

    def _show_form(self, step_id: str, errors: dict[str, str] | None = None) -> ConfigFlowResult:
        changes = self.source == SOURCE_RECONFIGURE
        match step_id:
            case "charger":
                schema = address_schema(encrypted=is_encrypted(self._filled.get(CONF_HOST, "")))
            case "charger_credentials":
                schema = CREDENTIALS_SCHEMA
            case _:
                schema = NO_FIELDS
        return self.async_show_form(
            step_id=self._on_this_occasion(step_id),
            data_schema=self.add_suggested_values_to_schema(schema, self._filled),
            errors=errors or {},
            description_placeholders={
                CONF_HOST: URL(self._way.get(CONF_URL, "")).host_port_subcomponent or "",
                **self.context.get("title_placeholders", {}),
                **({CONF_NAME: name_of(self.hass, self._get_reconfigure_entry())} if changes else {}),
            },
        )

    def _on_this_occasion(self, step_id: str) -> str:
        """The step that asks the same in the words of the occasion; a server that is new to us has let nobody in before."""
        if step_id == "charger" and self.source == SOURCE_RECONFIGURE:
            return "charger_reconfigure"
        if step_id == "charger_credentials" and self.source == SOURCE_REAUTH:
            return "charger_reauth" if self._way[CONF_URL] == self._get_reauth_entry().data[CONF_URL] else step_id
        return step_id

    # The charger itself

    async def _read(self) -> str | None:
        """Read the charger, by https if it speaks nothing else; return what is wrong, None if nothing is."""
        gateway = gateway_of(self.hass, self._way)
        try:
            report = await read_charger(gateway)
        except TlsWanted as error:
            # It is another server, to which nobody has yet been asked whether to tell the password.
            self._way = {key: self._way[key] for key in self._way if key != CONF_PASSWORD} | {CONF_URL: error.url}
            return await self._read()
        except OpenEvseError as error:
            return charger_error_key(error)
        self.charger = FoundCharger(gateway=gateway, identity=identify(report), status=report.status)
        return None

    async def _read_patiently(self, urls: Iterable[str]) -> str | None:
        """Read a charger that may still be starting, at the first of these addresses that answers.

        It may be heard at several: one in each network that it is in, and one that it had until a minute ago.
        """
        addresses = tuple(urls)
        for attempt in range(DISCOVERY_TRIES):
            if attempt:
                await asyncio.sleep(DISCOVERY_PAUSE_SECONDS)
            for url in addresses:
                self._way[CONF_URL] = url
                if (wrong := await self._read()) != _UNREACHABLE:
                    return wrong
        return _UNREACHABLE

    async def _read_for(self, step_id: str) -> ConfigFlowResult:
        """Read the charger and go on; show the form again, or ask for a password if none was asked for yet."""
        self._form_in_use = step_id
        asked = self._way[CONF_URL]
        wrong = await self._read()
        if wrong == _UNAUTHORIZED and (step_id != "charger_credentials" or self._way[CONF_URL] != asked):
            return await self.async_step_charger_credentials()
        if wrong == _TLS_FAILED and step_id != "charger_credentials":
            # Where it was led to, and whether to trust what is there, can be changed in this form only.
            self._form_in_use = step_id = "charger"
            self._filled = {CONF_HOST: self._way[CONF_URL], CONF_VERIFY_TLS: self._way[CONF_VERIFY_TLS]}
        if wrong is not None:
            return self._show_form(step_id, {"base": wrong})
        if is_access_point(self.charger.status):
            return await self.async_step_access_point()
        return await self.async_step_as_it_is()

    @property
    def _serial(self) -> str | None:
        """The serial number of the charger that was read; what discovery told where the firmware tells none."""
        told = self.charger.identity.serial or ""
        if is_serial(told):
            return told
        return None if self._discovery is None else self._discovery.serial

    # The end

    async def async_step_as_it_is(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Make or change the config entry."""
        if self.source == SOURCE_REAUTH:
            return self._change(self._get_reauth_entry())
        if self.source == SOURCE_RECONFIGURE:
            return self._change(self._get_reconfigure_entry())
        await self.async_set_unique_id(self._new_unique_id(), raise_on_progress=False)
        await self._abort_if_known(self._serial)
        return self.async_create_entry(
            title=self.charger.identity.name, data={CONF_KIND: Kind.CHARGER.value, **self._way}
        )

    def _new_unique_id(self) -> str:
        """The serial number.

        Where there is none, nothing tells one charger from another but the address that it was set up at; and that neither,
        if a charger that has moved away since was set up there before.
        """
        address = URL(self._way[CONF_URL]).authority
        taken = self.hass.config_entries.async_entry_for_domain_unique_id(self.handler, address)
        return self._serial or (address if taken is None else self.flow_id)

    def _change(self, entry: ConfigEntry) -> ConfigFlowResult:
        known, found = known_serial(entry), self._serial
        if (known and found and known != found) or self._charger_entry(found) is not None:
            field = CONF_HOST if self._form_in_use == "charger" else "base"
            return self._show_form(self._form_in_use, {field: "other_charger"})
        # A user without a password is only what the form was filled with.
        way = self._way if CONF_PASSWORD in self._way else {key: self._way[key] for key in _ADDRESS}
        data = {CONF_KIND: Kind.CHARGER.value, **way}
        return self.async_update_reload_and_abort(entry, data=data | told_serial(entry, known or found))

    def _charger_entry(self, serial: str | None) -> ConfigEntry | None:
        """The other config entry that a charger has."""
        changed = self.context.get("entry_id")
        others = (entry for entry in self._async_current_entries() if entry.entry_id != changed)
        if self._discovery is not None:
            return entry_of(others, serial, self._discovery.hosts)
        url = URL(self._way[CONF_URL])
        return entry_of(others, serial, [url.host or ""], url.port)

    async def _abort_if_known(self, serial: str | None) -> None:
        """End the flow if the charger is set up already, or to be ignored; its entry follows it.

        Raises:
            AbortFlow: it is.
        """
        if (entry := self._charger_entry(serial)) is not None:
            await self._follow(entry, serial)
            # Where it leads to, an entry is headed by its title.
            raise AbortFlow("charger_set_up", {CONF_NAME: entry.title})
        # What is left is one that was ignored.
        self._abort_if_unique_id_configured()

    # A charger that is set up, and is somewhere else

    async def _follow(self, entry: ConfigEntry, serial: str | None) -> None:
        """Have a charger's entry look where the charger is now.

        A person who has typed an address, or a password for it, knows whose it is. An announcement proves nothing.
        """
        if self._discovery is not None and _CREDENTIALS.isdisjoint(self._way):
            await self._follow_heard(entry, self._discovery)
        elif self._discovery is not None:
            read_at = URL(self._way[CONF_URL]).host or ""
            (url,) = moved_urls(entry.data[CONF_URL], [read_at], self._discovery.port)
            kept = {key: value for key, value in entry.data.items() if key not in _CREDENTIALS}
            typed = {key: value for key, value in self._way.items() if key in _CREDENTIALS}
            self._lead(entry, kept | typed | told_serial(entry, known_serial(entry) or serial) | {CONF_URL: url})
        elif entry.state is ConfigEntryState.SETUP_RETRY:
            # It was not found where the entry looks for it, and has just been read here.
            way = {CONF_KIND: Kind.CHARGER.value, **self._way}
            self._lead(entry, way | told_serial(entry, known_serial(entry) or serial))

    async def _follow_heard(self, entry: ConfigEntry, heard: Heard) -> None:
        """Look whether it is really the charger that was heard, and follow it only then.

        Anybody in the network can announce a known number, and answer without a password what the charger would answer: it is
        all public. So a charger that still answers is not left, and an entry that keeps a password never follows by itself,
        because neither the basic authentication of the firmware nor its sessions let the charger show who it is before
        it has the password. Then a person is asked.
        """
        urls = moved_urls(entry.data[CONF_URL], heard.hosts, heard.port)
        if entry.data[CONF_URL] in urls:
            self._lead(entry, {**entry.data, **self._learned(entry, heard)})
        others = [url for url in urls if url != entry.data[CONF_URL]]
        # Whoever has its old address is another, if the router has just given the charger a new one.
        if not others or await still_answers(self.hass, entry, needs_number=self.source == SOURCE_DHCP):
            return
        self._way = _way_of(entry, _ADDRESS)
        wrong = await self._read_patiently(others)
        url = self._way[CONF_URL]
        says_so = wrong is None and self._is_charger_of(entry)
        if wrong in _LOCKED or (says_so and not _CREDENTIALS.isdisjoint(entry.data)):
            ask_about_move(self.hass, entry, url)
        elif says_so:
            self._lead(entry, {**entry.data, CONF_URL: url})

    def _is_charger_of(self, entry: ConfigEntry) -> bool:
        """Whether what was read is the charger of an entry, as far as it tells: firmware that announces itself does."""
        told = self.charger.identity.serial
        return self.source == SOURCE_DHCP if told is None else told == known_serial(entry)

    def _learned(self, entry: ConfigEntry, heard: Heard) -> dict[str, str]:
        """The number that DHCP tells of a charger whose firmware, which is connected now, tells none."""
        if self.source != SOURCE_DHCP or known_serial(entry) is not None or entry.state is not ConfigEntryState.LOADED:
            return {}
        charger: Charger = entry.runtime_data.device
        unknown = charger.link_connected and charger.identity.serial is None
        return told_serial(entry, heard.serial) if unknown else {}

    def _lead(self, entry: ConfigEntry, data: Mapping[str, Any]) -> None:
        """Have an entry hold this from now on, and look there at once if it looks anywhere."""
        moved = data[CONF_URL] != entry.data[CONF_URL]
        waits = entry.state is ConfigEntryState.SETUP_RETRY
        self.hass.config_entries.async_update_entry(entry, data=data)
        if waits or (moved and entry.state is ConfigEntryState.LOADED):
            self.hass.config_entries.async_schedule_reload(entry.entry_id)


def _way_of(entry: ConfigEntry, keys: Iterable[str] = _WAY) -> dict[str, Any]:
    """How an entry's charger is reached."""
    return {key: entry.data[key] for key in keys if key in entry.data}
