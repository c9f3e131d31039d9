from . import (
    test_booking_flow,
    test_booking_guard,
    test_booking_hand,
    test_booking_takeover,
    test_booking_void,
    test_booking_worker,
    test_carrier_account,
    test_carrier_rating,
    test_carrier_switch,
    test_instruction,
    test_order_rates,
    test_roles,
)
