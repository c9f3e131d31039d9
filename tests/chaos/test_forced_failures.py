"""A failure between every two steps of the engine: the process or its connection dies, a commit is never answered."""

from tests.chaos import enumeration


def test_a_failure_at_every_point(scratch_worlds):
    """Wherever it happens, another relay finishes: nothing lost, in order, few repeats, nothing stuck."""
    result = enumeration.run([scratch_worlds("forced1"), scratch_worlds("forced2")], cuts=3)
    assert not result.failures, "\n".join(result.failures)
    assert result.points >= 60
    assert result.cases >= result.points
    assert len(result.unreached) <= 3, result.unreached
    # the sweep looks every ten minutes; what else no backlog reaches must be little
    reached = len(enumeration.engine_sites()) - len(result.missed)
    assert reached >= 0.8 * len(enumeration.engine_sites()), f"never reached: {result.missed}"
