"""Partners who cannot receive: they fetch their events from the pull feed with a token of their own."""

import hashlib
import hmac
import secrets

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

MIN_TOKEN = 24


def token_hash(token):
    """What is stored of a token: nobody can read it back, and a look-up needs no more."""
    return hashlib.sha256(token.encode()).hexdigest()


def bearer(authorization):
    """The token of an ``Authorization: Bearer …`` header, or an empty string."""
    scheme, _space, token = (authorization or "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


class SystemPull(models.Model):
    _inherit = "logistics.system"

    delivery = fields.Selection(
        [("push", "We send (webhook)"), ("pull", "The partner fetches (pull feed)")],
        default="push",
        required=True,
        tracking=True,
        help="Pull: no messages are made for this system, it reads GET /logistics/events with its token. What was owed "
        "before the change is still sent.",
    )
    pull_token = fields.Char(
        compute="_compute_pull_token",
        inverse="_inverse_pull_token",
        copy=False,
        help="Write to replace; it cannot be read back.",
    )
    pull_token_hash = fields.Char(groups=fields.NO_ACCESS, copy=False, index="btree_not_null")
    pull_token_set = fields.Boolean(compute="_compute_pull_token")
    pull_url = fields.Char(string="Pull Address", compute="_compute_pull_url")

    _sql_constraints = [
        (
            "pull_token_unique",
            "UNIQUE(pull_token_hash)",
            "Another system has this pull token: every system needs its own.",
        )
    ]

    @api.depends("pull_token_hash")
    def _compute_pull_token(self):
        for system in self:
            system.pull_token = False
            # sudo: only whether a token is set
            system.pull_token_set = bool(system.sudo().pull_token_hash)

    def _inverse_pull_token(self):
        for system in self:
            token = (system.pull_token or "").strip()
            if not token:
                continue
            if len(token) < MIN_TOKEN:
                raise ValidationError(
                    _(
                        "Pull token of %(name)s: at least %(number)s characters. Better: let it be generated.",
                        name=system.name,
                        number=MIN_TOKEN,
                    )
                )
            # sudo: the column is closed to everybody; the right to write the system was checked
            system.sudo().pull_token_hash = token_hash(token)
        # what was written must not be read back, not even from the cache
        self.invalidate_recordset(["pull_token", "pull_token_set"])

    @api.depends("delivery")
    def _compute_pull_url(self):
        base = self.get_base_url() if self else ""
        for system in self:
            system.pull_url = f"{base}/logistics/events"

    def action_generate_pull_token(self):
        """Make a new pull token and show it once; the old one is refused from now on."""
        self.ensure_one()
        token = secrets.token_urlsafe(32)
        self.write({"pull_token": token})
        self.message_post(body=_("A new pull token was generated; the old one is refused."))
        return self.env["logistics.secret.show"]._show(self, {"pull_token": token})

    @api.model
    def _from_pull_token(self, authorization):
        """The system an ``Authorization`` header speaks for, with sudo, or an empty record.

        The look-up goes by the token's SHA-256, so its time says nothing about the token itself.

        :param str authorization: the header as it came, or None
        """
        token = bearer(authorization)
        if len(token) < MIN_TOKEN:
            return self.browse()
        digest = token_hash(token)
        # sudo: a partner has no user here; the token is what lets it in
        system = self.sudo().search([("pull_token_hash", "=", digest), ("state", "!=", "disabled")], limit=1)
        if not system or not hmac.compare_digest(system.pull_token_hash, digest):
            return self.browse()
        return system
