# The order matters: a file builds on those above it.
from . import carrier_call
from . import carrier_booking
from . import carrier_booking_actions
from . import carrier_booking_work
from . import carrier_booking_goods
from . import carrier_booking_result
from . import carrier_booking_hand
from . import carrier_booking_return
from . import carrier_booking_parcel
from . import carrier_account_task
from . import shipment
from . import shipment_return
from . import stock_picking
from . import sale_order
