from . import (
    test_exceptions_actions,
    test_exceptions_case,
    test_exceptions_clock,
    test_exceptions_inbox,
    test_exceptions_lifecycle,
    test_exceptions_orders,
    test_exceptions_retraction,
    test_exceptions_scoring,
    test_exceptions_security,
    test_exceptions_silence,
    test_roles,
)
