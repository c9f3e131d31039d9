"""The milestone rules, without a database."""
