"""What the clock asks for next on a waiting request: remind at half time, escalate at the deadline, then expire.

There is no branch that approves: silence is a no.
"""

REMIND = "remind"
ESCALATE = "escalate"
EXPIRE = "expire"


def due(now, *, remind_at, due_at, expires_at, reminded, escalated):
    """What is due at ``now``: ``remind``, ``escalate``, ``expire`` or ``None``.

    After a long stop of the scheduler the steps are not skipped: people get the escalation period they were promised,
    so a request that nobody was ever escalated to does not expire unseen.
    """
    if escalated:
        return EXPIRE if expires_at and now >= expires_at else None
    if due_at and now >= due_at:
        return ESCALATE
    if not reminded and remind_at and now >= remind_at:
        return REMIND
    return None


def next_look(*, remind_at, due_at, expires_at, reminded, escalated):
    """When the clock has to look at the request again, or ``None``."""
    if escalated:
        return expires_at
    return due_at if reminded else remind_at
