"""End-to-end: PostgreSQL, Odoo with several workers, the relay and partner simulators, each a process of its own."""
