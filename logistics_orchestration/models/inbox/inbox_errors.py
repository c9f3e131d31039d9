"""How a handler says that a partner's message has no effect, and why. Plain Python."""


class InboxOutcome(Exception):
    """A message that ends without an effect; not a failure, so it is not tried again."""

    state = "discarded"

    def __init__(self, reason, record=None):
        super().__init__(reason)
        self.reason = reason
        self.record = record


class Quarantine(InboxOutcome):
    """Not understood: a person maps or corrects, then replays.

    ``code`` and ``field``: the partner's code that nobody has mapped yet, and where the partner said it.
    ``early``: it waits for what comes after it, which it must not hold.
    """

    state = "quarantined"

    def __init__(self, reason, record=None, code=None, field=None, early=False):
        super().__init__(reason, record)
        self.code = code
        self.field = field
        self.early = early


class Late(InboxOutcome):
    """Older than what is known: kept, without effect."""

    state = "late"


class Duplicate(InboxOutcome):
    """The same fact was told before, under another message id: no second effect."""

    state = "duplicate"


class Discard(InboxOutcome):
    """Nothing to do, e.g. people were faster."""

    state = "discarded"


class Stated(InboxOutcome):
    """Said by a system that does not own the fact: kept as a statement."""

    state = "processed"
