"""Values as partners read them. Plain Python."""


def wire_time(moment):
    """RFC 3339 text of a naive UTC datetime, or an empty string."""
    return moment.isoformat(timespec="seconds") + "Z" if moment else ""
