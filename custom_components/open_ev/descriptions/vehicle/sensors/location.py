"""The sensors of the satellite receiver, and those that tell where the car is."""

from ....clients.ovms.vehicle import Vehicle
from ... import SensorRow
from ...measure import COUNT, Measure
from ..metric_rows import moment, quantity, text

_DILUTION = Measure(None, None, 1)

RECEIVER_SENSORS: tuple[SensorRow[Vehicle], ...] = (
    quantity("gps_satellites", "v.p.satcount", measure=COUNT, diagnostic=True),
    quantity("gps_dilution", "v.p.gpshdop", measure=_DILUTION, diagnostic=True),
    quantity("gps_quality", "v.p.gpssq", diagnostic=True),
    text("gps_mode", "v.p.gpsmode", diagnostic=True),
    quantity("gps_speed", "v.p.gpsspeed", diagnostic=True),
)

# The coordinates themselves are the device tracker's, and those where valet mode began are nobody's.
LOCATION_SENSORS: tuple[SensorRow[Vehicle], ...] = (
    text("place", "v.p.location"),
    quantity("altitude", "v.p.altitude"),
    quantity("direction", "v.p.direction"),
    moment("gps_time", "v.p.gpstime", diagnostic=True),
    quantity("valet_distance", "v.p.valet.distance"),
)
