# The order matters: a file builds on those above it.
from . import carrier_rating
from . import carrier_offer
