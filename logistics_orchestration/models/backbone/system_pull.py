"""A token of its own with which a partner fetches what it is owed."""

import hashlib

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

MIN_TOKEN = 24


def token_hash(token):
    """What is stored of a token: nobody can read it back, and a look-up needs no more."""
    return hashlib.sha256(token.encode()).hexdigest()


class SystemPull(models.Model):
    _inherit = "logistics.system"

    pull_token = fields.Char(
        compute="_compute_pull_token",
        inverse="_inverse_pull_token",
        copy=False,
        help="Write to replace; it cannot be read back.",
    )
    pull_token_hash = fields.Char(groups=fields.NO_ACCESS, copy=False, index="btree_not_null")

    def _compute_pull_token(self):
        self.pull_token = False

    def _inverse_pull_token(self):
        for system in self:
            token = (system.pull_token or "").strip()
            if token and len(token) < MIN_TOKEN:
                raise ValidationError(
                    _("Pull token of %(name)s: at least %(number)s characters.", name=system.name, number=MIN_TOKEN)
                )
            if token:
                # sudo: the column is closed to everybody; the right to write the system was checked
                system.sudo().pull_token_hash = token_hash(token)

    @api.model
    def _from_pull_token(self, authorization):
        """The system an ``Authorization: Bearer`` header speaks for, with sudo, or an empty record.

        :param str authorization: the header as it came, or None
        """
        scheme, _space, token = (authorization or "").partition(" ")
        token = token.strip()
        if scheme.lower() != "bearer" or len(token) < MIN_TOKEN:
            return self.browse()
        # sudo: a partner has no user here; the token is what lets it in
        return self.sudo().search([("pull_token_hash", "=", token_hash(token)), ("state", "!=", "disabled")], limit=1)
