# The order matters: a file builds on those above it.
from . import carrier_account
from . import carrier_handover
from . import carrier_pickup
from . import carrier_manifest
from . import carrier_booking
