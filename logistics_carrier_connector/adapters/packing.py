"""How many parcels an order will make, before anybody has packed it: good enough to ask for a price."""

import math

# Above so many pieces nobody plans box by box.
_MANY = 2000


def pack(pieces, limit):
    """Weights of the parcels that hold all pieces: first fit, heaviest piece first.

    A piece heavier than the limit travels alone.

    :param pieces: iterable of (weight in kg, count)
    :param float limit: heaviest parcel in kg
    :returns: list of weights in kg, at least one parcel when there is any piece
    """
    known = sorted(((weight, int(count)) for weight, count in pieces if count > 0), reverse=True)
    total = sum(weight * count for weight, count in known)
    if sum(count for _weight, count in known) > _MANY:
        number = max(math.ceil(total / limit), 1)
        return [total / number] * number
    parcels = []
    for weight, count in known:
        for _piece in range(count):
            place = next((n for n, held in enumerate(parcels) if held + weight <= limit + 1e-9), None)
            if place is None:
                parcels.append(weight)
            else:
                parcels[place] += weight
    return parcels
