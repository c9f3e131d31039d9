"""Serial shipping container codes (GS1): 18 digits, the last of which checks the others. Plain Python."""


def is_sscc(text):
    """Whether ``text`` is an SSCC with a right check digit (GS1 General Specifications, 7.9.1)."""
    if len(text) != 18 or not (text.isascii() and text.isdigit()):
        return False
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(text[:17]))
    return (10 - total % 10) % 10 == int(text[17])
