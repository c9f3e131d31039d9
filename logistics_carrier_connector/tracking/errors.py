"""What can be wrong with a message about tracking."""


class TrackingError(ValueError):
    """It cannot be read; the text says what is missing and where."""
