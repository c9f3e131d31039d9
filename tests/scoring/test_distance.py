"""Kilometres between places and what they rest on."""

import pytest
from scoring.distance import Place, distance

ANTWERP = Place(51.2194, 4.4025, "BE", "2000")
PARIS = Place(48.8566, 2.3522, "FR", "75001")


def test_coordinates_are_measured():
    kilometres, basis = distance(ANTWERP, PARIS)
    assert basis == "coordinates"
    assert kilometres == pytest.approx(300.9, abs=1.0)
    assert distance(PARIS, ANTWERP)[0] == pytest.approx(kilometres)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (Place(country="BE", postcode="2000"), Place(country="BE", postcode="2000"), (5.0, "postcode")),
        (Place(country="BE", postcode="2018"), Place(country="BE", postcode="2000"), (60.0, "postcode")),
        (Place(country="GB", postcode="SW1A 1AA"), Place(country="GB", postcode="sw1a1ab"), (5.0, "postcode")),
        (Place(country="BE", postcode="9000"), Place(country="BE", postcode="2000"), (400.0, "postcode")),
        (Place(country="BE"), Place(country="BE", postcode="2000"), (400.0, "country")),
        (Place(country="BE", postcode="2000"), Place(country="NL", postcode="2000"), (1500.0, "country")),
        (Place(), Place(country="NL"), (3000.0, "unknown")),
        (ANTWERP, Place(country="BE", postcode="2000"), (5.0, "postcode")),
    ],
)
def test_addresses_are_rough(one, other, expected):
    assert distance(one, other) == expected
