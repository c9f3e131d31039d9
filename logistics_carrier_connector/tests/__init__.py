from . import (
    test_booking_flow,
    test_booking_guard,
    test_booking_hand,
    test_booking_takeover,
    test_booking_void,
    test_booking_worker,
    test_carrier_account,
    test_carrier_rating,
    test_roles,
)
from . import test_tracking_ask
from . import test_tracking_http
from . import test_tracking_retraction
from . import test_tracking_rules
from . import test_tracking_tour
