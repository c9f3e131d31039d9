"""Scores of warehouses and the order of waves, without a database."""
