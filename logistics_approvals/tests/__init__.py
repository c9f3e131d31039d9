from . import (
    test_approval_balance,
    test_approval_clock,
    test_approval_delegation,
    test_approval_duties,
    test_approval_execution,
    test_approval_kinds,
    test_approval_observe,
    test_approval_request,
    test_approval_security,
    test_core,
    test_tours,
    test_roles,
)
