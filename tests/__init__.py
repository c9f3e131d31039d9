"""What needs real processes: partner simulators, end-to-end, crash and load tests."""
