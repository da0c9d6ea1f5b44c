"""Every text of the flows is used, and every one that is needed is there."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from homeassistant.data_entry_flow import FlowResultType, section
import probatio as vol

from custom_components.open_ev import config_flow
from custom_components.open_ev.clients.openevse.networks import Network
from custom_components.open_ev.clients.ovms.metrics import vehicle_metrics
from custom_components.open_ev.config_flow import OpenEvConfigFlow
from custom_components.open_ev.flows import (
    access_point,
    broker,
    broker_forms,
    charge_point,
    charger,
    charger_forms,
    fields,
    operator,
    operator_forms,
    server,
    server_forms,
)
from custom_components.open_ev.flows.broker_options import BrokerOptionsFlow
from custom_components.open_ev.flows.charger_options import ChargerOptionsFlow
from custom_components.open_ev.flows.server import ServerOptionsFlow
from custom_components.open_ev.settings import (
    broker as broker_settings,
    charger as charger_settings,
    operator as operator_settings,
    server as server_settings,
)

from .texts import Texts, needs

_MODULES = (
    config_flow,
    broker_settings,
    charger_settings,
    access_point,
    charger,
    charger_forms,
    operator_settings,
    operator,
    operator_forms,
    charge_point,
    server_settings,
    server,
    server_forms,
    broker,
    broker_forms,
)
FORMS = {
    "home_assistant_broker": broker_forms.PREFIX_SCHEMA,
    "own_broker": broker_forms.OWN_BROKER_AND_PREFIX_SCHEMA,
    "own_broker_reconfigure": broker_forms.OWN_BROKER_AND_PREFIX_SCHEMA,
    "prefix": broker_forms.PREFIX_SCHEMA,
    "reauth_confirm": fields.CREDENTIALS_SCHEMA,
    "vehicle": broker_forms.choice_schema({"car/": "Car"}),
    "mqtt_confirm": fields.NO_FIELDS,
    "charger": charger_forms.address_schema(encrypted=True),
    "charger_reconfigure": charger_forms.address_schema(encrypted=True),
    "charger_confirm": fields.NO_FIELDS,
    "charger_credentials": fields.CREDENTIALS_SCHEMA,
    "charger_reauth": fields.CREDENTIALS_SCHEMA,
    "server": server_forms.SERVER_SCHEMA,
    "own_server": server_forms.OWN_SERVER_SCHEMA,
    "server_vehicle": server_forms.vehicle_login_schema(kept=False),
    "server_vehicle_reconfigure": server_forms.vehicle_login_schema(kept=True),
    "server_account": server_forms.account_login_schema(kept=False, encrypted=False),
    "server_account_reconfigure": server_forms.account_login_schema(kept=True, encrypted=False),
    "server_reauth": server_forms.PASSWORD_SCHEMA,
    "server_account_reauth": server_forms.PASSWORD_SCHEMA,
    "account_vehicle": server_forms.server_vehicle_schema(["CAR1"]),
    "operator": operator_forms.CONNECTION_SCHEMA,
    "operator_reconfigure": operator_forms.RECONNECTION_SCHEMA,
    "operator_driver": operator_forms.DRIVER_SCHEMA,
    "operator_reauth": operator_forms.TOKEN_SCHEMA,
    "network": charger_forms.network_schema([Network(ssid="Home", signal=-60)]),
}
OPTIONS = {
    BrokerOptionsFlow: broker_forms.options_schema(sorted(vehicle_metrics("NL"))),
    ServerOptionsFlow: server_forms.SERVER_OPTIONS_SCHEMA,
    ChargerOptionsFlow: charger_forms.habits_schema(),
    operator.OperatorOptionsFlow: operator_forms.OPERATOR_OPTIONS_SCHEMA,
}
CHARGE_POINT = "config_subentries.charge_point"
CHOICES = {
    field: charge_point.choice_schema(field, {"1": "One"}) for field in ("location", "charge_point", "connector")
}
MENUS = ("access_point", "nothing_heard", "nothing_new", "reconfigure", "server_login", "user")


def words() -> set[str]:
    """Every word that the flow's source holds as a text."""
    trees = [ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8")) for module in _MODULES]
    return {
        node.value
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        if type(node.value) is str
    }


def form_texts(part: str, step: str, schema: vol.Schema) -> set[str]:
    """The keys that a form can use."""
    form = {"type": FlowResultType.FORM, "step_id": step, "data_schema": schema, "errors": {}}
    keys = {*needs(part, form), f"{part}.step.{step}.description"}
    sections = [str(field) for field, kind in schema.schema.items() if isinstance(kind, section)]
    return keys | {f"{part}.step.{step}.sections.{each}.description" for each in sections}


def menu_texts(texts: Texts) -> Iterator[str]:
    """The keys that menus can use: their options are steps."""
    steps = {name.removeprefix("async_step_") for name in dir(OpenEvConfigFlow) if name.startswith("async_step_")}
    for menu in MENUS:
        yield from (f"config.step.{menu}.{each}" for each in ("title", "description"))
        for kind in ("menu_options", "menu_option_descriptions"):
            yield from (f"config.step.{menu}.{kind}.{step}" for step in steps)
    assert menu_steps(texts) == set(MENUS)


def menu_steps(texts: Texts) -> set[str]:
    """The steps that have the texts of a menu."""
    return {key.split(".")[2] for key in texts.keys if ".menu_options." in key}


def selector_texts() -> set[str]:
    """The keys of the choices within forms."""
    schemas = [*FORMS.values(), *OPTIONS.values()]
    forms = [{"type": FlowResultType.FORM, "step_id": "x", "data_schema": each, "errors": {}} for each in schemas]
    return {key for form in forms for key in needs("x", form) if key.startswith("selector.")}


def test_no_text_is_left_over(texts: Texts) -> None:
    """A text that nothing shows is a step, a field or an error that is gone."""
    # Home Assistant says by itself that what is to be ignored is there already.
    used = {*menu_texts(texts), "config.flow_title", "config.abort.already_configured"}
    for step, schema in FORMS.items():
        used |= form_texts("config", step, schema)
        assert hasattr(OpenEvConfigFlow, f"async_step_{step}")
    for flow, schema in OPTIONS.items():
        used |= form_texts("options", "init", schema)
        assert hasattr(flow, "async_step_init")
    for step, schema in CHOICES.items():
        used |= form_texts(CHARGE_POINT, step, schema)
        assert hasattr(charge_point.ChargePointFlow, f"async_step_{step}")
    used |= {f"{CHARGE_POINT}.{each}" for each in ("entry_type", "initiate_flow.user", "initiate_flow.reconfigure")}
    known = words()
    used |= {f"{CHARGE_POINT}.abort.{word}" for word in known}
    for part in ("abort", "error", "progress"):
        used |= {f"config.{part}.{word}" for word in known}
    left = {key for key in texts.keys if key.split(".")[0] in {"config", "config_subentries", "options"}} - used
    assert left == set()


def test_no_choice_is_left_over(texts: Texts) -> None:
    """The choices of forms have their texts, and no others; those of actions are tested with the actions."""
    needed = selector_texts()
    groups = {key.split(".")[1] for key in needed}
    there = {key for key in texts.keys if key.startswith("selector.") and key.split(".")[1] in groups}
    assert there == needed


def test_every_form_explains_every_field(texts: Texts) -> None:
    """Each field has a name and a description; that is checked for what the other tests see, and here for the rest."""
    missing: set[Any] = set()
    for step, schema in FORMS.items():
        form = {"type": FlowResultType.FORM, "step_id": step, "data_schema": schema, "errors": {}}
        missing |= {key for key in needs("config", form) if not texts.keys.get(key)}
    assert missing == set()
