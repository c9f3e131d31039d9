"""Inbound requests that were refused: how many, from whom they claimed to be, why. Never what they carried.

Anybody can send refused requests, so they must cost next to nothing: a worker process counts them and writes at most
one row per address and reason every few seconds. What it has counted and not written when it ends is lost; the alarm
needs the order of magnitude.
"""

from odoo import api, fields, models

from ...relay.limits import Tally

_tally = Tally(every=5.0)


class Refusal(models.Model):
    _name = "logistics.refusal"
    _description = "Refused Inbound Requests"
    _log_access = False
    _order = "id desc"
    _rec_name = "reason"

    system_id = fields.Many2one(
        "logistics.system", readonly=True, ondelete="cascade", help="Empty: an address that nobody has."
    )
    reason = fields.Selection(
        [
            ("address", "Unknown or disabled address"),
            ("no_secret", "No verification secret is set"),
            ("signature", "Bad signature"),
            ("token", "Bad token"),
        ],
        required=True,
        readonly=True,
    )
    detail = fields.Char(readonly=True, help="What was wrong with the last one counted.")
    count = fields.Integer(readonly=True, default=1)
    at = fields.Datetime(readonly=True, default=fields.Datetime.now)
    company_id = fields.Many2one("res.company", readonly=True, ondelete="cascade")

    @api.model
    def _note(self, reason, system_id=None, company_id=None, detail=None):
        """Count one refused request; the row is written with the request's transaction.

        :param str reason: see the field
        :param int system_id: the logistics.system whose address was used, if it is one's
        :param int company_id: its company
        :param str detail: what was wrong, without any secret
        """
        count = _tally.add((self.env.cr.dbname, system_id, reason))
        if count:
            # plain SQL: this is called without a user, and by whoever likes to
            self.env.cr.execute(
                "INSERT INTO logistics_refusal (system_id, company_id, reason, detail, count, at)"
                " VALUES (%s, %s, %s, %s, %s, timezone('UTC', now()))",
                [system_id or None, company_id or None, reason, (detail or "")[:200] or None, count],
            )
