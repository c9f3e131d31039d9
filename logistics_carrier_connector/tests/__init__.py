from . import (
    test_booking_customs,
    test_booking_fallback,
    test_booking_flow,
    test_booking_guard,
    test_booking_hand,
    test_booking_labels,
    test_booking_return,
    test_booking_takeover,
    test_booking_void,
    test_booking_worker,
    test_carrier_account,
    test_carrier_karrio,
    test_carrier_rating,
    test_handover_manifest,
    test_handover_pickup,
    test_rate_policy,
    test_carrier_switch,
    test_instruction,
    test_order_rates,
    test_roles,
    test_stranger,
    test_tours,
)
from . import test_tracking_ask
from . import test_tracking_http
from . import test_tracking_orders
from . import test_tracking_retraction
from . import test_tracking_rules
from . import test_tracking_tour
from . import test_tracking_tracker
