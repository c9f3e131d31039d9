"""Documents can have cases: the "Open exception case" server action opens a real one here."""

from odoo import _, api, fields, models
from odoo.exceptions import UserError

_READERS = "logistics_orchestration.group_user,logistics_orchestration.group_auditor"


class Source(models.AbstractModel):
    _inherit = "logistics.source"

    logistics_case_count = fields.Integer(compute="_compute_logistics_case_count", groups=_READERS)
    logistics_case_open_count = fields.Integer(compute="_compute_logistics_case_count", groups=_READERS)

    def _logistics_case_domain(self):
        """Cases shown on this document: its own, and those that belong to it as an order, a shipment or a purchase."""
        own = ["&", ("subject_model", "=", self._name), ("subject_id", "in", self.ids)]
        link = {"sale.order": "order_id", "logistics.shipment": "shipment_id", "purchase.order": "purchase_id"}
        field = link.get(self._name)
        return ["|", (field, "in", self.ids), *own] if field else own

    @api.depends_context("uid")
    def _compute_logistics_case_count(self):
        cases = self.env["logistics.exception"]
        for record in self:
            found = cases
            if isinstance(record.id, int):
                found = cases.search(record._logistics_case_domain())
            record.logistics_case_count = len(found)
            record.logistics_case_open_count = len(found.filtered("is_open"))

    def action_logistics_cases(self):
        """Smart button: the cases of this document; a new one is about it."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("logistics_exceptions.action_exception")
        context = {"default_subject_ref": f"{self._name},{self.id}"}
        action = dict(action, domain=self._logistics_case_domain(), context=context)
        cases = self.env["logistics.exception"].search(action["domain"])
        if len(cases) == 1:
            action.update(views=[[False, "form"]], res_id=cases.id)
        return action

    def _logistics_open_case(self, code, summary="", vals=None):
        """Open a case of the type ``code`` leads to about this document, or note the repeat.

        :param str code: code of an exception type, or a carrier's exception code
        :param str summary: short words for the title
        :param dict vals: further values of a new case
        :returns: the case; empty while exceptions only observe
        """
        self.ensure_one()
        if not code:
            raise UserError(
                _("Which exception? Name a case type on the action: the event of %(name)s tells no exception code.",
                  name=self.display_name)
            )  # fmt: skip
        cases = self.env["logistics.exception"]
        if not self._logistics_enforced("exceptions"):
            self._logistics_observe("exceptions", _("Would have opened a case: %(code)s", code=code))
            return cases
        case_type = self.env["logistics.exception.type"]._for_code(code, self._logistics_scope()["company"])
        return cases._open(self, case_type, summary, vals)

    # -- what a case knows from its document ---------------------------------------------------------------------

    def _logistics_case_context(self):
        """What a case about this document is connected with; override where more is known.

        :returns: dict of records (company_id, warehouse_id, order_id, shipment_id, purchase_id, partner_id) and
            ``amount`` in the company's currency
        """
        self.ensure_one()
        scope = self._logistics_scope()
        shipment = self._logistics_linked("logistics.shipment")
        order = self._logistics_linked("sale.order") or shipment.order_id
        purchase = self._logistics_linked("purchase.order")
        return {
            "company_id": scope["company"],
            "warehouse_id": scope.get("warehouse") or self.env["stock.warehouse"],
            "order_id": order,
            "shipment_id": shipment,
            "purchase_id": purchase,
            "partner_id": order.partner_id or purchase.partner_id or scope.get("partner") or shipment.partner_id,
            "amount": self._logistics_amount_at_risk(order, shipment, purchase, scope["company"]),
        }

    def _logistics_linked(self, model):
        """The document of ``model`` this record is or belongs to, by its many2one fields; empty where there is none."""
        if self._name == model:
            return self
        for name, field in self._fields.items():
            if field.type == "many2one" and field.comodel_name == model and (field.store or field.related):
                if self[name]:
                    return self[name]
        return self.env[model]

    def _logistics_amount_at_risk(self, order, shipment, purchase, company):
        """Value concerned: what is in the shipment, else the whole order or purchase."""
        today = fields.Date.context_today(self)
        # sudo: a figure; prices of the order are not shown
        moves = shipment.sudo().picking_ids.move_ids.filtered(lambda move: move.state != "cancel")
        if moves:
            return sum(move._logistics_sale_value(company, today) for move in moves)
        document = (order or purchase).sudo()  # sudo: as above
        if not document:
            return 0.0
        return document.currency_id._convert(document.amount_total, company.currency_id, company, today)
