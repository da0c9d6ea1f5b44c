"""Setting a vehicle at an OVMS server up, and changing how it is reached.

First the server, then who asks, then which of an account's vehicles. The server is asked before anything is kept.
"""

from collections.abc import Mapping
from typing import Any

from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    ConfigEntry,
    ConfigFlow,
    ConfigFlowResult,
    OptionsFlowWithReload,
)
from homeassistant.const import CONF_HOST, CONF_NAME, CONF_PASSWORD, CONF_USERNAME
import probatio as vol

from ..clients.ovms.errors import ConnectionRefused, LinkError
from ..clients.ovms.server import find_vehicles, try_login
from ..const import CONF_KIND, CONF_TLS, CONF_VEHICLE_ID, CONF_VEHICLE_TYPE, Kind
from ..entries.known_vehicles import Seen, entry_at, entry_with_vin, look_at, unique_id_at
from ..names import name_of
from ..settings.server import server_error_key, server_of
from .fields import OTHER_NAME, without_secrets
from .server_forms import (
    ADDRESS,
    CONF_SERVER,
    CONF_UNENCRYPTED,
    OWN_SERVER,
    OWN_SERVER_SCHEMA,
    PASSWORD_SCHEMA,
    SERVER_OPTIONS_SCHEMA,
    SERVER_SCHEMA,
    account_login,
    account_login_schema,
    address_errors,
    known_ids,
    login_errors,
    own_address,
    public_address,
    server_choice,
    server_vehicle_schema,
    typed_address,
    vehicle_login,
    vehicle_login_schema,
)


class ServerFlow(ConfigFlow):
    """The steps that set up one vehicle at a server, or change how it is reached."""

    def __init__(self) -> None:
        """Know nothing yet."""
        super().__init__()
        # Where the server is and who asks, as the entry is going to hold it, and what its forms show of that.
        self._address: dict[str, Any] = {}
        self._login: dict[str, Any] = {}
        self._account_vehicles: list[str] = []
        # Whether an account's password may go unencrypted to this address.
        self._agreed = False

    # What starts a flow, besides a person

    async def reconfigure_server_vehicle(self) -> ConfigFlowResult:
        """Ask how the vehicle is to be reached from now on."""
        stored = self._get_reconfigure_entry().data
        self._address = {key: stored[key] for key in ADDRESS}
        self._login = without_secrets({key: stored[key] for key in (CONF_USERNAME, CONF_VEHICLE_ID) if key in stored})
        return await self.async_step_server()

    async def async_step_server_account_reauth(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask the same in other words: it is an account's password."""
        return await self.async_step_server_reauth(user_input)

    async def async_step_server_reauth(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for a password that the server takes."""
        entry = self._get_reauth_entry()
        errors = {}
        if user_input is not None:
            data = {**entry.data, **user_input}
            errors = login_errors(data)
            if not errors:
                try:
                    await try_login(server_of(data))
                except LinkError as error:
                    errors = {"base": _password_error_key(error, data)}
                else:
                    return self.async_update_reload_and_abort(entry, data=data)
        return self.async_show_form(
            step_id="server_account_reauth" if CONF_USERNAME in entry.data else "server_reauth",
            data_schema=PASSWORD_SCHEMA,
            errors=errors,
            description_placeholders={CONF_NAME: name_of(self.hass, entry), CONF_HOST: entry.data[CONF_HOST]},
        )

    # Which server

    async def async_step_server(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask which server it is."""
        if user_input is None:
            return self._show_server()
        if user_input[CONF_SERVER] == OWN_SERVER:
            return await self.async_step_own_server()
        self._address = public_address(user_input[CONF_SERVER])
        return await self.async_step_server_login()

    async def async_step_own_server(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask where a server is that is not among the public ones."""
        if user_input is None:
            return self._show_own_server()
        address = own_address(user_input)
        self._agreed = self._agreed and address == self._address
        self._address = address
        if errors := address_errors(self._address):
            return self._show_own_server(errors)
        return await self.async_step_server_login()

    def _show_server(self, errors: dict[str, str] | None = None) -> ConfigFlowResult:
        chosen = {CONF_SERVER: server_choice(self._address)} if self._address else {}
        return self._show_filled("server", SERVER_SCHEMA, chosen, errors)

    def _show_own_server(self, errors: dict[str, str] | None = None) -> ConfigFlowResult:
        is_own = bool(self._address) and server_choice(self._address) == OWN_SERVER
        filled = typed_address(self._address) if is_own else {}
        return self._show_filled("own_server", OWN_SERVER_SCHEMA, filled, errors)

    def _show_filled(
        self,
        step_id: str,
        schema: vol.Schema,
        filled: Mapping[str, Any],
        errors: dict[str, str] | None,
        told: Mapping[str, str] | None = None,
    ) -> ConfigFlowResult:
        return self.async_show_form(
            step_id=step_id,
            data_schema=self.add_suggested_values_to_schema(schema, without_secrets(filled)),
            errors=errors or {},
            description_placeholders=told,
        )

    # Who asks

    async def async_step_server_login(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask who is known at the server: the vehicle itself, or its owner."""
        return self.async_show_menu(step_id="server_login", menu_options=["server_vehicle", "server_account"])

    async def async_step_server_vehicle_reconfigure(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask the same as at first, in other words: the password is there already."""
        return await self.async_step_server_vehicle(user_input)

    async def async_step_server_vehicle(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the vehicle's id and its own password at the server."""
        if user_input is None:
            return self._show_login("server_vehicle")
        self._login = self._with_stored_password(vehicle_login(user_input))
        if errors := login_errors(self._login):
            return self._show_login("server_vehicle", errors)
        return await self._look_from("server_vehicle")

    async def async_step_server_account_reconfigure(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask the same as at first, in other words: the password is there already."""
        return await self.async_step_server_account(user_input)

    async def async_step_server_account(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the owner's account and its password, or an API token."""
        if user_input is None:
            return self._show_login("server_account")
        self._login = self._with_stored_password(account_login(user_input))
        errors = login_errors(self._login)
        # The cipher of this protocol is for a vehicle's own login only.
        self._agreed = user_input.get(CONF_UNENCRYPTED, False)
        if not self._address[CONF_TLS] and not self._agreed:
            errors[CONF_UNENCRYPTED] = "not_unencrypted"
        if errors:
            return self._show_login("server_account", errors)
        try:
            vehicles = await find_vehicles(server_of(self._address | self._login))
        except LinkError as error:
            return self._show_link_error("server_account", error)
        return await self._choose_from(vehicles)

    def _show_login(
        self, step_id: str, errors: dict[str, str] | None = None, told: Mapping[str, str] | None = None
    ) -> ConfigFlowResult:
        filled = {**self._login, CONF_UNENCRYPTED: self._agreed}
        if step_id == "server_account":
            kept = CONF_USERNAME in self._stored
            schema = account_login_schema(kept=kept, encrypted=self._address[CONF_TLS])
        else:
            kept = bool(self._stored) and CONF_USERNAME not in self._stored
            schema = vehicle_login_schema(kept=kept)
        return self._show_filled(f"{step_id}_reconfigure" if kept else step_id, schema, filled, errors, told)

    def _show_link_error(self, step_id: str, error: LinkError) -> ConfigFlowResult:
        """Show what is wrong where it can be mended: at who asks, or at the address."""
        if isinstance(error, ConnectionRefused):
            return self._show_login(step_id, {"base": _login_error_key(error, self._login)})
        show = self._show_own_server if server_choice(self._address) == OWN_SERVER else self._show_server
        return show({"base": server_error_key(error)})

    @property
    def _stored(self) -> Mapping[str, Any]:
        """What the entry that is changed holds; nothing if that was meant for another server than the one that is typed."""
        stored = self._get_reconfigure_entry().data if self.source == SOURCE_RECONFIGURE else {}
        return stored if all(stored.get(key) == value for key, value in self._address.items()) else {}

    def _with_stored_password(self, login: dict[str, Any]) -> dict[str, Any]:
        """Keep the password of the entry that is changed, if none was typed, and only for the same login at the same server."""
        stored = self._stored
        name = CONF_USERNAME if CONF_USERNAME in stored else CONF_VEHICLE_ID
        is_same = name in stored and login.get(name) == stored[name]
        return {CONF_PASSWORD: stored[CONF_PASSWORD], **login} if is_same else login

    # Which vehicle

    async def _choose_from(self, vehicles: tuple[str, ...]) -> ConfigFlowResult:
        """Go on with the vehicle that is clear, or have one chosen."""
        former = self._get_reconfigure_entry().data if self.source == SOURCE_RECONFIGURE else {}
        known = known_ids(vehicles)
        if not known:
            return self._show_login("server_account", {"base": "no_vehicle"})
        if former.get(CONF_VEHICLE_ID) in known:
            known = [former[CONF_VEHICLE_ID]]
        self._account_vehicles = [each for each in known if self._entry_at_server(each) is None]
        match self._account_vehicles:
            case []:
                return self._show_login("server_account", {"base": "no_other_vehicle"})
            case [only]:
                self._login[CONF_VEHICLE_ID] = only
                return await self._look_from("server_account")
        return self._show_vehicles()

    def _show_vehicles(self) -> ConfigFlowResult:
        return self.async_show_form(
            step_id="account_vehicle", data_schema=server_vehicle_schema(self._account_vehicles)
        )

    async def async_step_account_vehicle(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Have one of the account's vehicles chosen."""
        if user_input is None:
            return self._show_vehicles()
        self._login[CONF_VEHICLE_ID] = user_input[CONF_VEHICLE_ID]
        return await self._look_from("server_account")

    def _entry_at_server(self, vehicle_id: str) -> ConfigEntry | None:
        """The other config entry of the vehicle with this id."""
        return entry_at(self._entries_of_others(), self._address[CONF_HOST], vehicle_id)

    def _entries_of_others(self) -> list[ConfigEntry]:
        changed = self.context.get("entry_id")
        return [entry for entry in self._async_current_entries() if entry.entry_id != changed]

    async def _look_from(self, step_id: str) -> ConfigFlowResult:
        """See which car it is, and finish."""
        if (known := self._entry_at_server(self._login[CONF_VEHICLE_ID])) is not None:
            return self._known_already(step_id, known, "car_set_up")
        try:
            seen = await look_at(server_of(self._address | self._login))
        except LinkError as error:
            return self._show_link_error(step_id, error)
        if (known := entry_with_vin(self._entries_of_others(), seen.vin)) is not None:
            return self._known_already(step_id, known, "car_known")
        if self.source == SOURCE_RECONFIGURE:
            return self._change_server(step_id, seen)
        vehicle_id = self._login[CONF_VEHICLE_ID]
        await self.async_set_unique_id(unique_id_at(self._address[CONF_HOST], vehicle_id), raise_on_progress=False)
        self._abort_if_unique_id_configured()
        return self.async_create_entry(title=seen.title(vehicle_id), data=self._server_data(seen.type_code))

    def _known_already(self, step_id: str, known: ConfigEntry, reason: str) -> ConfigFlowResult:
        """Say which other entry the car has; who changes one can type another id."""
        if self.source == SOURCE_RECONFIGURE:
            return self._show_login(step_id, {"base": "vehicle_taken"}, {OTHER_NAME: known.title})
        return self.async_abort(reason=reason, description_placeholders={CONF_NAME: known.title})

    # The end

    def _change_server(self, step_id: str, seen: Seen) -> ConfigFlowResult:
        entry = self._get_reconfigure_entry()
        former = Seen.of_entry(entry)
        if seen.is_other_than(former):
            return self._show_login(step_id, {"base": "other_vehicle"})
        return self.async_update_reload_and_abort(entry, data=self._server_data(seen.type_code or former.type_code))

    def _server_data(self, type_code: str | None) -> dict[str, Any]:
        return {
            CONF_KIND: Kind.VEHICLE_SERVER.value,
            **self._address,
            **self._login,
            CONF_VEHICLE_TYPE: type_code,
        }


class ServerOptionsFlow(OptionsFlowWithReload):
    """Changes the options of a vehicle at a server."""

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for all of them."""
        if user_input is not None:
            return self.async_create_entry(data=user_input)
        schema = self.add_suggested_values_to_schema(SERVER_OPTIONS_SCHEMA, self.config_entry.options)
        return self.async_show_form(step_id="init", data_schema=schema)


def _login_error_key(error: LinkError, login: Mapping[str, Any]) -> str:
    """The translation key of what went wrong at a login. Why it was refused no server says, so the text lists what can be."""
    if isinstance(error, ConnectionRefused) and CONF_USERNAME in login:
        return "account_refused"
    return server_error_key(error)


def _password_error_key(error: LinkError, login: Mapping[str, Any]) -> str:
    """The same where only the password can be typed."""
    if isinstance(error, ConnectionRefused):
        return "account_reauth_refused" if CONF_USERNAME in login else "server_reauth_refused"
    return server_error_key(error)
