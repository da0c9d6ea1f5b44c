"""All actions, whatever they are for."""

from collections.abc import Mapping
from typing import Any

from custom_components.open_ev.actions import Action
from custom_components.open_ev.actions.charge_point import CHARGE_POINT_ACTIONS
from custom_components.open_ev.actions.charger import CHARGER_ACTIONS
from custom_components.open_ev.actions.vehicle import VEHICLE_ACTIONS

ACTIONS: Mapping[str, Action[Any]] = {**VEHICLE_ACTIONS, **CHARGER_ACTIONS, **CHARGE_POINT_ACTIONS}
