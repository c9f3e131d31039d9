"""Plain-Python rules of approvals: states, duties, deadlines, snapshots. Nothing here imports Odoo."""
