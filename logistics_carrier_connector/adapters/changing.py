"""Change the plan exactly once: what `buying` is for bookings, for instructions after dispatch."""


def instruct_once(adapter, request, first_try):
    """Make sure that the carrier has this instruction, and return its `Instruction`.

    :param bool first_try: True only when it is certain that no request with this reference ever left
    :raises CarrierError: see `errors`; `LookupUnsupported` when this is no first try and the carrier cannot tell
    """
    if not first_try:
        known = adapter.find_instructions(request.reference)
        if known:
            return known[0]
    return adapter.instruct(request)
