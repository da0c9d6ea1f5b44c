"""Names that more than one module of the integration uses."""

from enum import StrEnum
from typing import Final

DOMAIN: Final = "open_ev"

CONF_KIND: Final = "kind"
CONF_BROKER: Final = "broker"
CONF_PREFIX: Final = "prefix"
CONF_VEHICLE_TYPE: Final = "vehicle_type"
CONF_TLS: Final = "tls"
CONF_CA_CERTIFICATE: Final = "ca_certificate"
CONF_CLIENT_CERTIFICATE: Final = "client_certificate"
CONF_CLIENT_KEY: Final = "client_key"
CONF_TLS_INSECURE: Final = "tls_insecure"
CONF_TRANSPORT: Final = "transport"
CONF_WEBSOCKET_PATH: Final = "websocket_path"
CONF_LOGIN_CHANGED: Final = "login_changed"

CONF_VERIFY_TLS: Final = "verify_tls"

CONF_VEHICLE_ID: Final = "vehicle_id"
CONF_MODE: Final = "mode"

CONF_PRESENCE: Final = "presence"
CONF_EXTRA_METRICS: Final = "extra_metrics"
CONF_EXPOSE_LOCATION: Final = "expose_location"

CONF_VERSIONS_URL: Final = "versions_url"
CONF_FOR_OPERATOR: Final = "own_token"
CONF_COUNTRY_CODE: Final = "country_code"
CONF_PARTY_ID: Final = "party_id"
CONF_ENCODING: Final = "encoding"
CONF_DRIVER_UID: Final = "driver_uid"
CONF_CONTRACT_ID: Final = "contract_id"
CONF_DRIVER_TYPE: Final = "driver_type"
CONF_ISSUER: Final = "issuer"
CONF_LOCATION_ID: Final = "location_id"
CONF_EVSE_UID: Final = "evse_uid"
CONF_CONNECTOR_ID: Final = "connector_id"
CONF_POLL_MINUTES: Final = "poll_minutes"

CONF_UNTIL_UNPLUGGED: Final = "until_unplugged"
CONF_PAUSES_DISABLED: Final = "pauses_disabled"


class Kind(StrEnum):
    """What a config entry is."""

    VEHICLE_MQTT = "vehicle_mqtt"
    VEHICLE_SERVER = "vehicle_server"
    CHARGER = "charger"
    OPERATOR = "operator"


# What the parts of an operator's config entry are.
SUBENTRY_CHARGE_POINT: Final = "charge_point"


class BrokerSource(StrEnum):
    """Whose MQTT broker a vehicle is reached through."""

    HOME_ASSISTANT = "home_assistant"
    OWN = "own"
