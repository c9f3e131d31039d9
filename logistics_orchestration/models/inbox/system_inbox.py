"""What a system sends us: how it proves who it is, how much it may send, and what was refused in its name."""

import time
from contextlib import contextmanager
from typing import NamedTuple

import psycopg2.extensions

import odoo
from odoo import _, api, fields, models, tools
from odoo.exceptions import ValidationError

from ...relay.limits import GATE_TABLE, take
from ...relay.verifiers import Inbound
from ..backbone.testing import in_test

# What is read per request is kept this long, so that a secret whose overlap ends is refused soon after.
_ENTRY_SECONDS = 10
_ENTRY_FIELDS = {"state", "company_id", "kind", "code", "active"}
_MAX_KB = 16 * 1024
# What was refused longer ago than this is no news on the form.
_REFUSED_HOURS = 24


class InboundEntry(NamedTuple):
    """All that a request needs of a system, without another look into the database."""

    system_id: int
    company_id: int
    code: str
    open: bool
    scheme: str
    settings: Inbound
    adapter: str
    id_path: str
    max_bytes: int
    rate: int


class SystemInbox(models.Model):
    _inherit = "logistics.system"

    inbound_scheme = fields.Selection(
        selection_add=[
            ("token", "Token in a header"),
            ("basic", "User and password"),
            ("easypost", "EasyPost's signature"),
            ("aftership", "AfterShip's signature"),
            ("shippo", "Shippo's signature"),
        ],
        ondelete=dict.fromkeys(("token", "basic", "easypost", "aftership", "shippo"), "set default"),
    )
    inbound_header = fields.Char(
        string="Header", help="Where the signature or token stands; empty: x-logistics-signature or x-api-key."
    )
    inbound_encoding = fields.Selection(
        [("hex", "Hexadecimal"), ("base64", "Base64")], string="Encoding", default="hex", required=True
    )
    inbound_prefix = fields.Char(
        string="Prefix",
        compute="_compute_inbound_prefix",
        store=True,
        readonly=False,
        help="What stands before the signature or token, e.g. sha256= or Bearer.",
    )
    inbound_user = fields.Char(string="Partner's User")
    inbound_id_path = fields.Char(
        string="Message ID From",
        help="Where the partner writes the id of a message: header:X-Event-Id, or a path in the JSON like data.id. "
        "Empty: the header webhook-id, else the envelope's id, else a hash of the body.",
    )
    inbound_max_kb = fields.Integer(string="Largest Body (kB)", default=1024, required=True)
    inbound_rate = fields.Integer(
        string="Requests per Minute", default=6000, required=True, help="More are answered with 429; 0: no limit."
    )
    inbound_refused_count = fields.Integer(compute="_compute_inbound_refused", string="Refused Signatures")
    inbound_refused_at = fields.Datetime(compute="_compute_inbound_refused", string="Last Refused")
    inbound_refused_why = fields.Char(compute="_compute_inbound_refused", string="Why Refused")

    def init(self):
        super().init()
        self.env.cr.execute(GATE_TABLE)

    @api.depends("inbound_scheme")
    def _compute_inbound_prefix(self):
        for system in self:
            system.inbound_prefix = "sha256=" if system.inbound_scheme == "hmac_sha256" else False

    def _compute_inbound_refused(self):
        since = fields.Datetime.subtract(fields.Datetime.now(), hours=_REFUSED_HOURS)
        # sudo: who sees the system is told that somebody knocks; the list itself is the administrators'
        refusals = self.env["logistics.refusal"].sudo()
        groups = refusals._read_group(
            [("system_id", "in", self.ids), ("at", ">=", since)], ["system_id"], ["count:sum", "at:max", "id:max"]
        )
        found = {system.id: row for system, *row in groups}
        for system in self:
            count, moment, last = found.get(system._origin.id, (0, False, False))
            system.inbound_refused_count, system.inbound_refused_at = count, moment
            system.inbound_refused_why = refusals.browse(last).detail if last else False

    @api.constrains("inbound_max_kb", "inbound_rate")
    def _check_inbound_limits(self):
        for system in self:
            if not 1 <= system.inbound_max_kb <= _MAX_KB:
                raise ValidationError(
                    _("Largest body of %(name)s: between 1 and %(most)s kB.", name=system.name, most=_MAX_KB)
                )
            if system.inbound_rate < 0:
                raise ValidationError(_("Requests per minute of %(name)s: 0 (no limit) or more.", name=system.name))

    @api.constrains("inbound_scheme", "inbound_user")
    def _check_inbound_user(self):
        for system in self:
            if system.inbound_scheme == "basic" and (not system.inbound_user or ":" in system.inbound_user):
                raise ValidationError(_("Partner's user of %(name)s: a name without colon.", name=system.name))

    def write(self, vals):
        if any(name in _ENTRY_FIELDS or name.startswith(("inbound_", "secret_in")) for name in vals):
            self.env.registry.clear_cache()
        return super().write(vals)

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()

    # -- for the request --------------------------------------------------------------------------------------

    @api.model
    def _inbound_entry(self, slug):
        """What a request to ``slug`` needs, or None: nobody has that address."""
        try:
            return self._inbound_entry_cached(slug, int(time.time() / _ENTRY_SECONDS))
        except LookupError:
            # not cached: made-up addresses must not fill the cache
            return None

    @api.model
    @tools.ormcache("slug", "tick")
    def _inbound_entry_cached(self, slug, tick):
        # sudo: a partner has no user here; what is read lets it prove who it is
        system = self.sudo()._from_inbound_slug(slug)
        if not system:
            raise LookupError(slug)
        prefix = system.inbound_prefix or ""
        if system.inbound_scheme == "token" and prefix[-1:].isalnum():
            prefix += " "  # people write Bearer; the header has a blank behind it
        settings = Inbound(
            secrets=tuple(system._inbound_secrets()),
            header=(system.inbound_header or "").strip().lower(),
            encoding=system.inbound_encoding,
            prefix=prefix,
            user=system.inbound_user or "",
        )
        return InboundEntry(
            system.id,
            system.company_id.id,
            system.code,
            system.state != "disabled",
            system.inbound_scheme,
            settings,
            system.inbound_adapter,
            system.inbound_id_path or "",
            system.inbound_max_kb * 1024,
            system.inbound_rate,
        )

    @contextmanager
    def _inbound_gate(self):
        """A cursor for the gate's counters, committed at once and by itself (in tests: the test's own)."""
        if in_test():
            yield self.env.cr
            return
        with odoo.sql_db.db_connect(self.env.cr.dbname).cursor() as cr:
            # two requests at once wait for each other here instead of failing
            cr.connection.set_isolation_level(psycopg2.extensions.ISOLATION_LEVEL_READ_COMMITTED)
            yield cr

    @api.model
    def _inbound_take(self, system_id, per_minute, count):
        """Take ``count`` requests of a system's rate; 0 when granted, else seconds to wait."""
        with self._inbound_gate() as cr:
            return take(cr, system_id, per_minute, count)
