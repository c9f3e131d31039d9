"""What people do with Odoo's own buttons that a decision is needed for: the delivery method of what is released, stock.

The automation, and what a decision carries out, act as superuser and are not asked about.
"""

from odoo import _, api, models
from odoo.exceptions import RedirectWarning, UserError


class ApprovalRequest(models.Model):
    _inherit = "logistics.approval.request"

    @api.model
    def _guard_carrier(self, subject, carrier):
        """Let a delivery method be written by hand only where no policy asks; else offer to ask.

        :param subject: a released order, transfer or shipment
        :param carrier: delivery.carrier, empty when it is taken away
        :raises RedirectWarning: a policy asks for a decision; the button opens the request
        """
        if not (self._open_transfers(subject) or self._waiting_shipments(subject)):
            return  # it has left: nothing changes any more
        if self._is_carried_out(subject, carrier):
            return
        enforced = subject._logistics_enforced("approvals")
        try:
            why = self._why_carrier_asks(subject, carrier)
        except UserError:
            if enforced:
                raise
            return  # a policy that cannot be read stops nobody while approvals only observe
        if not why:
            return
        words = _(
            "%(document)s is released: another delivery method needs a decision. %(why)s",
            document=subject.display_name,
            why=why,
        )
        if not enforced:
            subject._logistics_observe("approvals", _("Would have asked for a decision: %(words)s", words=words))
            return
        if not carrier:
            raise UserError(words)
        action = self.env["logistics.approval.ask"]._open(subject, "carrier_change")
        action["views"] = [[False, "form"]]
        raise RedirectWarning(words, action, _("Ask for it"), {**action["context"], "default_carrier_id": carrier.id})

    @api.model
    def _is_carried_out(self, subject, carrier):
        """Whether a request that nobody has to decide about is being carried out with the requester's own rights.

        It was looked at by the policies of its kind already. The request itself is the proof, not the context: such
        requests are never left unexecuted.
        """
        if not self.env.context.get("logistics_asked"):
            return False
        order = self._order_of(subject)
        domain = [
            ("kind", "in", ("expedite", "carrier_change")),
            ("carrier_id", "=", carrier.id),
            ("state", "=", "not_required"),
            ("executed_at", "=", False),
            "|",
            ("sale_order_id", "in", order.ids),
            "&",
            ("subject_model", "=", subject._name),
            ("subject_id", "=", subject.id),
        ]
        return bool(self.sudo().search(domain, limit=1))  # sudo: whether it is so, whoever may read it

    @api.model
    def _why_carrier_asks(self, subject, carrier):
        """Why a policy wants a decision about another delivery method, in words; empty when none does."""
        company = subject.sudo().company_id  # sudo: as in _ask
        extra = self._extra_freight(subject, carrier) if carrier else 0.0
        currency = self._order_of(subject).currency_id or company.currency_id
        policy, asks, why = self.env["logistics.approval.policy"]._match(
            "carrier_change", subject, extra or 0.0, currency, company
        )
        if extra is None and policy and not asks:
            return _("Odoo does not know what %(carrier)s costs more: say so in the request.", carrier=carrier.name)
        return why if asks else ""

    @api.model
    def _guard_inventory(self, quants):
        """Let counted quantities be applied by hand only where no policy asks.

        :raises UserError: naming what needs a decision, and how it is asked for
        """
        asked = []
        for quant in quants:
            company = quant.company_id or self.env.company
            amount, currency = self.new({"company_id": company.id})._amount_inventory_override(quant)
            _policy, asks, why = self.env["logistics.approval.policy"]._match(
                "inventory_override", quant, amount, currency, company
            )
            if not asks:
                continue
            words = _("%(quant)s: %(why)s", quant=quant.display_name, why=why)
            if self.env["logistics.switch"]._is_enforced("approvals", company, quant.location_id.warehouse_id):
                asked.append(words)
            elif not self.env.context.get("logistics_asked"):
                # sudo: the note is ours, whoever counts
                self.env["logistics.observation"].sudo().create(
                    {
                        "capability": "approvals",
                        "summary": _("Would have asked for a decision: %(words)s", words=words),
                        "res_model": quant._name,
                        "res_id": quant.id,
                        "record_name": quant.display_name,
                        "amount": amount,
                        "company_id": company.id,
                    }
                )
        if asked:
            raise UserError(
                _(
                    "These counts need a decision before they are applied:\n%(counts)s\nLeave them out, and press"
                    " Request Approval on their lines under Inventory > Operations > Physical Inventory.",
                    counts="\n".join(asked),
                )
            )
