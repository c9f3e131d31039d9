"""What a system said about a fact it does not own: kept, compared with what Odoo holds, never applied."""

from odoo import _, api, fields, models
from odoo.exceptions import UserError

from ..backbone.record_link import open_record


class Statement(models.Model):
    _name = "logistics.statement"
    _description = "Statement by a Non-owner"
    _inherit = ["logistics.audit.mixin"]
    _order = "id desc"
    _rec_name = "fact"

    fact = fields.Char(required=True, readonly=True, index=True)
    value = fields.Json(readonly=True)
    system_id = fields.Many2one("logistics.system", readonly=True, ondelete="restrict", index=True)
    res_model = fields.Char(readonly=True)
    res_id = fields.Many2oneReference(model_field="res_model", readonly=True)
    record_name = fields.Char(string="About", readonly=True)
    verdict = fields.Selection(
        [
            ("kept", "Nothing to compare"),
            ("same", "Says the same"),
            ("within", "Within tolerance"),
            ("differs", "Differs"),
        ],
        readonly=True,
        default="kept",
    )
    # a number, not a link: messages are purged, statements are an audit trail
    inbox_message_id = fields.Integer(string="Message ID", readonly=True)
    stated_at = fields.Datetime(readonly=True, default=fields.Datetime.now)
    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="restrict")

    @api.model
    def _keep(self, message, fact, value, record, warehouse=None):
        """Keep what ``message`` says and compare it with what Odoo holds; the differences become discrepancies.

        :param message: the logistics.inbox.message
        :param str fact: event type without prefix
        :param dict value: what is said
        :param record: the document it is about, or None
        :returns: the statement
        """
        differences = []
        if record and hasattr(record, "_logistics_compare_statement"):
            differences = record._logistics_compare_statement(fact, value, message)
        rule = self.env["logistics.authority.rule"]._find(fact, message.system_id, warehouse)
        beyond = [point for point in differences if not point.agrees and not rule._within(point)]
        verdict = "kept"
        if differences:
            verdict = "differs" if beyond else "same" if all(point.agrees for point in differences) else "within"
        statement = self.create(
            {
                "fact": fact,
                "value": value,
                "system_id": message.system_id.id,
                "res_model": record._name if record else False,
                "res_id": record[:1].id if record else False,
                "record_name": record[:1].display_name if record else False,
                "verdict": verdict,
                "inbox_message_id": message.id,
                "company_id": message.company_id.id,
            }
        )
        discrepancies = self.env["logistics.discrepancy"]
        for point in differences:
            if point in beyond:
                discrepancies._note(statement, record, point)
            else:
                discrepancies._agree(statement, record, point)
        return statement

    def action_open_record(self):
        """Open the document it is about."""
        self.ensure_one()
        if not self.res_model:
            raise UserError(_("This statement is about no document."))
        return open_record(self)
