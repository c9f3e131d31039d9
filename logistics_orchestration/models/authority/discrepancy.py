"""Where a statement differs from what Odoo holds, beyond tolerance: for a person to settle.

One open discrepancy per document, fact, system and point: the same difference again updates it. Accepting applies what
was said as if its system owned the fact, once; where that cannot be done, a person does it in Odoo and says so.
"""

from odoo import _, api, fields, models
from odoo.exceptions import UserError

from ..backbone.record_link import open_record

STATES = [("open", "Open"), ("accepted", "Accepted"), ("rejected", "Rejected"), ("settled", "Settled")]
# (from, to, who, event); "new" stands for the creation of the row.
TRANSITIONS = [
    ("new", "open", "worker", "a statement differs beyond tolerance"),
    ("open", "accepted", "manager", "what the system says is applied, or was entered by hand with a reason"),
    ("open", "rejected", "manager", "Odoo's own value stands, with a reason"),
    ("open", "settled", "worker", "both say the same again"),
]


class Discrepancy(models.Model):
    _name = "logistics.discrepancy"
    _description = "Discrepancy"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "id desc"

    name = fields.Char(required=True, readonly=True)
    fact = fields.Char(required=True, readonly=True)
    key = fields.Char(readonly=True, default="", help="Tells the points of one document apart.")
    own_value = fields.Char(readonly=True, string="Odoo Says")
    stated_value = fields.Char(readonly=True, string="System Says")
    difference = fields.Float(readonly=True)
    statement_id = fields.Many2one("logistics.statement", readonly=True, ondelete="restrict", index="btree_not_null")
    system_id = fields.Many2one("logistics.system", readonly=True, ondelete="restrict", index=True)
    res_model = fields.Char(readonly=True)
    res_id = fields.Many2oneReference(model_field="res_model", readonly=True)
    state = fields.Selection(STATES, default="open", required=True, readonly=True, tracking=True, index=True)
    seen_count = fields.Integer(readonly=True, default=1, string="Times Told")
    last_seen_at = fields.Datetime(readonly=True, default=fields.Datetime.now, string="Last Told")
    closed_at = fields.Datetime(readonly=True)
    closed_by = fields.Char(readonly=True)
    resolution = fields.Text(readonly=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True, default=lambda self: self.env.company)

    def init(self):
        super().init()
        self.env.cr.execute(
            "CREATE UNIQUE INDEX IF NOT EXISTS logistics_discrepancy_open_idx ON logistics_discrepancy"
            " (system_id, fact, COALESCE(res_model, ''), COALESCE(res_id, 0), COALESCE(key, '')) WHERE state = 'open'"
        )

    # -- from the worker --------------------------------------------------------------------------------------

    @api.model
    def _point_domain(self, system, fact, record, key):
        return [
            ("system_id", "=", system.id),
            ("fact", "=", fact),
            ("res_model", "=", record._name if record else False),
            ("res_id", "=", record[:1].id if record else False),
            ("key", "=", key),
        ]

    @api.model
    def _note(self, said, record, point, fact=None, **more):
        """Open a discrepancy for one point of a statement, or update the one that is open.

        What a person rejected is not opened again while both sides say what they said then.

        :param said: the logistics.statement, or another record that has a system, a fact and a company
        :param record: the document
        :param point: a :class:`~.difference.Difference`
        :param str fact: other than that of ``said``
        :param more: further values (stock: product, warehouse, …)
        :returns: the discrepancy
        """
        domain = self._point_domain(said.system_id, fact or said.fact, record, point.key)
        vals = {
            "name": point.label,
            "own_value": point.own,
            "stated_value": point.stated,
            "difference": point.amount or 0.0,
            "statement_id": said.id if said._name == "logistics.statement" else False,
            "last_seen_at": fields.Datetime.now(),
            **more,
        }
        found = self.search([*domain, ("state", "=", "open")], limit=1)
        if not found:
            last = self.search(domain, limit=1)
            same = (last.own_value, last.stated_value) == (point.own, point.stated)
            if last.state == "rejected" and same:
                found = last
        if found:
            if found.state == "open" and (found.own_value, found.stated_value) != (point.own, point.stated):
                found.message_post(
                    body=_(
                        "Told again: Odoo %(own)s (before %(own_before)s), %(system)s %(stated)s (before %(before)s).",
                        own=point.own,
                        own_before=found.own_value,
                        system=said.system_id.name,
                        stated=point.stated,
                        before=found.stated_value,
                    )
                )
            found.write({**vals, "seen_count": found.seen_count + 1})
            return found
        found = self.create(
            {
                **vals,
                "fact": fact or said.fact,
                "key": point.key,
                "system_id": said.system_id.id,
                "res_model": record._name if record else False,
                "res_id": record[:1].id if record else False,
                "company_id": said.company_id.id,
            }
        )
        found._tell()
        return found

    @api.model
    def _agree(self, said, record, point, fact=None):
        """Both say the same again (or nearly so): what is open about it is settled."""
        domain = self._point_domain(said.system_id, fact or said.fact, record, point.key)
        self.search([*domain, ("state", "=", "open")])._close(
            "settled", _("%(system)s says %(stated)s now.", system=said.system_id.name, stated=point.stated)
        )

    def _tell(self):
        """A to-do for whoever looks after the system; capabilities may record a fact too."""
        self.ensure_one()
        user = self.system_id.user_id or self.env.ref("base.user_admin")
        self.activity_schedule(
            "mail.mail_activity_data_todo",
            summary=_("Settle: %(name)s", name=self.name),
            note=_("Odoo says %(own)s, %(system)s says %(stated)s.",
                   own=self.own_value, system=self.system_id.name, stated=self.stated_value),
            user_id=user.id,
        )  # fmt: skip

    def _close(self, state, resolution):
        if not self:
            return
        self.write(
            {
                "state": state,
                "resolution": resolution,
                "closed_at": fields.Datetime.now(),
                "closed_by": self.env.user.name,
            }
        )
        self.activity_unlink(["mail.mail_activity_data_todo"])

    # -- from people ------------------------------------------------------------------------------------------

    def _require_open(self):
        if wrong := self.filtered(lambda row: row.state != "open"):
            raise UserError(_("%(name)s is settled already.", name=wrong[0].name))

    def action_accept(self):
        """The system is right: apply what it said to the document.

        :raises UserError: it cannot be applied; the text says why, and a person does it by hand
        """
        self._require_open()
        self.check_access_rights("write")
        self.check_access_rule("write")
        for row in self:
            row._apply()
            row._close("accepted", _("Applied as %(system)s said.", system=row.system_id.name))
        return True

    def _apply(self):
        """Carry out what the statement says."""
        self.ensure_one()
        # sudo: the decision is whoever's may write discrepancies; its effect is that of the partner's own message
        row = self.sudo()
        statement = row.statement_id
        record = row.env[row.res_model].browse(row.res_id).exists() if row.res_model else None
        if not record:
            raise UserError(_("%(name)s: the document is gone. Reject it.", name=row.name))
        if record._logistics_accept_statement(statement.fact, statement.value):
            return
        message = row.env["logistics.inbox.message"].browse(statement.inbox_message_id or []).exists()
        if not message:
            raise UserError(
                _("%(name)s: the message is not kept any more. Enter it in Odoo, then press Settled by Hand.",
                  name=row.name)
            )  # fmt: skip
        message._apply_granted(statement.fact)

    def action_settle(self, reason=None):
        """A person entered it in Odoo by hand.

        :param str reason: what was done
        """
        self._require_open()
        if not reason:
            return self.env["logistics.reason.wizard"]._ask(self, "action_settle", _("What was done in Odoo?"))
        self._close("accepted", reason)
        return True

    def action_reject(self, reason=None):
        """Odoo's own value stands.

        :param str reason: why
        """
        self._require_open()
        if not reason:
            return self.env["logistics.reason.wizard"]._ask(self, "action_reject", _("Why is Odoo right?"))
        self._close("rejected", reason)
        return True

    def action_open_record(self):
        """Open the document."""
        return open_record(self)
