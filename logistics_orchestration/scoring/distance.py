"""How far it is from a warehouse to a consignee, in kilometres, and what that figure rests on.

Great circle where both ends have coordinates (haversine formula, mean earth radius of IUGG, 6371.0088 km). Elsewhere
a rough figure by how much of the postcode is shared: good enough to tell near from far, and it says that it is rough.
"""

from dataclasses import dataclass
from math import asin, cos, radians, sin, sqrt

EARTH_RADIUS_KM = 6371.0088

# (first characters of the postcode shared, kilometres): same country only
BY_POSTCODE = ((5, 5.0), (4, 10.0), (3, 25.0), (2, 60.0), (1, 150.0))
SAME_COUNTRY_KM = 400.0
OTHER_COUNTRY_KM = 1500.0
UNKNOWN_KM = 3000.0

COORDINATES, POSTCODE, COUNTRY, UNKNOWN = "coordinates", "postcode", "country", "unknown"


@dataclass(frozen=True)
class Place:
    """Where somebody is; what is not known stays empty. Latitude and longitude in degrees, 0/0 counts as not set."""

    latitude: float = 0.0
    longitude: float = 0.0
    country: str = ""
    postcode: str = ""

    @property
    def located(self):
        """Whether it has coordinates."""
        return bool(self.latitude or self.longitude)


def great_circle(one, other):
    """Kilometres between two places with coordinates along the earth's surface (haversine)."""
    lat1, lat2 = radians(one.latitude), radians(other.latitude)
    half_lat = (lat2 - lat1) / 2
    half_lon = radians(other.longitude - one.longitude) / 2
    chord = sin(half_lat) ** 2 + cos(lat1) * cos(lat2) * sin(half_lon) ** 2
    return 2 * EARTH_RADIUS_KM * asin(min(1.0, sqrt(chord)))


def distance(one, other):
    """(kilometres, basis): ``coordinates`` is measured, ``postcode`` and ``country`` are rough, ``unknown`` guessed."""
    if one.located and other.located:
        return great_circle(one, other), COORDINATES
    if not one.country or not other.country:
        return UNKNOWN_KM, UNKNOWN
    if one.country != other.country:
        return OTHER_COUNTRY_KM, COUNTRY
    shared = _shared(_plain(one.postcode), _plain(other.postcode))
    for characters, kilometres in BY_POSTCODE:
        if shared >= characters:
            return kilometres, POSTCODE
    if one.postcode and other.postcode:
        return SAME_COUNTRY_KM, POSTCODE
    return SAME_COUNTRY_KM, COUNTRY


def _plain(postcode):
    return "".join(character for character in postcode.upper() if character.isalnum())


def _shared(one, other):
    """How many characters two texts begin with alike; a whole postcode that is the same counts as all of five."""
    if one and one == other:
        return max(len(one), 5)
    count = 0
    for first, second in zip(one, other, strict=False):
        if first != second:
            break
        count += 1
    return count
