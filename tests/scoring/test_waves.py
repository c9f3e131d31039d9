"""Who is picked first, and how waves are filled."""

import random
from datetime import datetime, timedelta

from scoring.waves import Capacity, Wave, Work, fill, rank

NOON = datetime(2026, 3, 2, 12)


def work(number, **more):
    return Work(number, ordered=NOON, **more)


def test_the_stated_order():
    in_order = [
        work(9, urgent=True),
        work(7, promised=NOON),
        work(8, promised=NOON + timedelta(days=1), cut_off=NOON),
        work(2, promised=NOON + timedelta(days=1), cut_off=NOON + timedelta(hours=1)),
        Work(6, ordered=NOON - timedelta(days=1)),
        work(3),
        work(4),
    ]
    shuffled = in_order[:]
    random.Random(1).shuffle(shuffled)
    assert sorted(shuffled, key=rank) == in_order


def ids(waves):
    return [[one.id for one in wave.added] for wave in waves]


def test_capacity_opens_the_next_wave():
    works = [work(n, lines=2, weight=5.0) for n in range(1, 6)]
    assert ids(fill(works, Capacity(transfers=2))) == [[1, 2], [3, 4], [5]]
    assert ids(fill(works, Capacity(lines=6))) == [[1, 2, 3], [4, 5]]
    assert ids(fill(works, Capacity(weight=5.0))) == [[1], [2], [3], [4], [5]]
    assert ids(fill(works, Capacity())) == [[1, 2, 3, 4, 5]]


def test_nobody_slips_past_one_that_does_not_fit():
    works = [work(1, weight=6), work(2, weight=6), work(3, weight=1)]
    assert ids(fill(works, Capacity(weight=10))) == [[1], [2, 3]]


def test_what_is_bigger_than_a_wave_gets_its_own():
    assert ids(fill([work(1, weight=99), work(2, weight=1)], Capacity(weight=10))) == [[1], [2]]


def test_an_open_wave_is_filled_up_and_cut_offs_do_not_mix():
    later = NOON + timedelta(days=1)
    waves = [Wave(1, NOON, transfers=2), Wave(2, NOON, transfers=1)]
    works = [work(1, cut_off=NOON), work(2, cut_off=later), work(3, cut_off=NOON)]
    filled = fill(works, Capacity(transfers=2), waves)
    assert [(wave.key, wave.cut_off, [one.id for one in wave.added]) for wave in filled] == [
        (2, NOON, [1]),
        (None, NOON, [3]),
        (None, later, [2]),
    ]
