"""How many parcels an order makes: laws that hold for any goods, and a few cases."""

import pytest
from carrier_adapters import pack
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    "pieces, limit, expected",
    [
        ([], 10, []),
        ([(1.5, 9)], 10, [9.0, 4.5]),
        ([(2, 1), (8, 1)], 10, [10]),
        ([(12, 2)], 10, [12, 12]),
        ([(0, 3)], 10, [0]),
        ([(1, 5000)], 10, [10.0] * 500),
    ],
)
def test_pack(pieces, limit, expected):
    assert pack(pieces, limit) == expected


@given(st.lists(st.tuples(st.floats(0.1, 30), st.integers(0, 20)), max_size=8), st.floats(1, 40))
def test_nothing_is_lost_and_only_single_pieces_exceed_the_limit(pieces, limit):
    parcels = pack(pieces, limit)
    assert sum(parcels) == pytest.approx(sum(weight * count for weight, count in pieces))
    assert len(parcels) <= sum(count for _weight, count in pieces)
    heavy = [weight for weight, count in pieces for _ in range(count) if weight > limit]
    assert len([weight for weight in parcels if weight > limit + 1e-6]) == len(heavy)
