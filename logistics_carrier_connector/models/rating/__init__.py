# The order matters: a file builds on those above it.
from . import rate_policy_line
from . import rate_policy
from . import offer
from . import carrier_rating
from . import carrier_offer
from . import shipment_choice
from . import stock_picking
from . import carrier_booking_offer
from . import carrier_booking_fallback
from . import carrier_rating_observed
from . import carrier_offer_observed
