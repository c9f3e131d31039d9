"""The delivery engine without Odoo: pure parts by themselves, the rest on bare tables in a real PostgreSQL."""
