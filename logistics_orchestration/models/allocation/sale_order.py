"""The sales order and the warehouses that ship it: fields, and the moments at which a look is taken."""

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError

from ..release.release_evaluation import PERIODIC
from .allocation import STATES


class SaleOrder(models.Model):
    _inherit = "sale.order"

    logistics_allocation_id = fields.Many2one(
        "logistics.allocation",
        string="Allocation in Force",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="What the order's transfers follow; empty: everything is shipped from the order's own warehouse.",
    )
    logistics_allocation_ids = fields.One2many(
        "logistics.allocation", "order_id", string="Allocations", readonly=True, copy=False
    )
    logistics_split_approved = fields.Boolean(
        string="Split Approved", readonly=True, copy=False, help="Somebody agreed to more shipments than usual."
    )
    logistics_ships_from = fields.Char(
        string="Ships From", compute="_compute_logistics_allocation", compute_sudo=True, help="Warehouses in force."
    )
    logistics_allocation_state = fields.Selection(
        STATES, string="Allocation", compute="_compute_logistics_allocation", compute_sudo=True
    )
    logistics_allocation_words = fields.Text(
        string="Why From There", compute="_compute_logistics_allocation", compute_sudo=True
    )
    logistics_candidate_ids = fields.Many2many(
        "logistics.allocation.candidate",
        string="Candidates",
        compute="_compute_logistics_allocation",
        compute_sudo=True,
    )

    @api.depends("logistics_allocation_ids.state", "logistics_allocation_ids.chosen_id", "logistics_allocation_id")
    def _compute_logistics_allocation(self):
        for order in self:
            last = order._logistics_last_allocation()
            order.logistics_ships_from = order.logistics_allocation_id.chosen_warehouses
            order.logistics_allocation_state = last.state
            order.logistics_allocation_words = last.words
            order.logistics_candidate_ids = last.candidate_ids

    def _logistics_last_allocation(self):
        """The newest look at this order that was not replaced."""
        self.ensure_one()
        return self.logistics_allocation_ids.filtered(lambda a: a.state != "superseded").sorted("id")[-1:]

    # -- whose orders are looked at ----------------------------------------------------------------------------

    def _logistics_with_choice(self):
        """Those of these orders whose company has several warehouses to choose from."""
        if not self:
            return self
        counts = dict(
            self.env["stock.warehouse"]._read_group(
                [("company_id", "in", self.company_id.ids)], ["company_id"], ["__count"]
            )
        )
        return self.filtered(lambda order: counts.get(order.company_id, 0) > 1)

    # -- the moments -------------------------------------------------------------------------------------------

    def _action_confirm(self):
        # sudo: whoever confirms, the choice is the company's
        orders = self.sudo().filtered(lambda order: order._logistics_enforced("allocation"))
        if not orders:
            return super()._action_confirm()
        with self.env["logistics.event"]._business_call():
            for order in orders._logistics_with_choice():
                order._logistics_allocate("confirmation")
            return super()._action_confirm()

    def _logistics_evaluate(self, trigger):
        """Orders that wait for goods or a decision are looked at again first; what is only observed is noted."""
        orders = self.filtered(lambda order: order.state == "sale")._logistics_with_choice()
        acting = orders.filtered(lambda order: order._logistics_enforced("allocation"))
        if acting:
            waiting = self.env["logistics.allocation"].search(
                [("order_id", "in", acting.ids), ("state", "in", ("waiting", "proposed"))]
            )
            for order in waiting.order_id:
                order._logistics_allocate(trigger)
        super()._logistics_evaluate(trigger)
        if trigger not in PERIODIC and len(orders) == 1:  # one order's own moment, not a look at thousands
            for order in orders - acting:
                order._logistics_allocate(trigger, observe=True)

    def _logistics_launch_procurement(self):
        """What a hold kept from starting starts where the goods are by now."""
        if not self.env.context.get("logistics_allocating"):
            orders = self.filtered(lambda order: order.state == "sale" and order._logistics_enforced("allocation"))
            for order in orders._logistics_with_choice():
                if order.logistics_allocation_id.chosen_by != "person":
                    order._logistics_allocate("hold_lifted")
        super()._logistics_launch_procurement()

    def _logistics_after_cancel(self, reason):
        super()._logistics_after_cancel(reason)
        self.logistics_allocation_ids._supersede()
        self.filtered("logistics_allocation_id").write({"logistics_allocation_id": False})
        self.filtered("logistics_split_approved").write({"logistics_split_approved": False})

    # -- buttons -----------------------------------------------------------------------------------------------

    def action_logistics_allocate(self):
        """Button: look at the warehouses now. A quotation gets a proposal, nothing changes for it.

        :returns: True
        :raises AccessError: the user has no logistics role
        :raises UserError: there is nothing to choose from
        """
        if not self.env.su and not self.env.user.has_group("logistics_orchestration.group_user"):
            raise AccessError(_("Warehouses are compared by Logistics Users. Ask one of them."))
        self.check_access_rule("read")
        with self.env["logistics.event"]._business_call():
            for order in self.sudo():  # sudo: the right is checked above; allocations are ours to write
                if order.state == "cancel" or not order._logistics_with_choice():
                    raise UserError(_("%(order)s: there is no choice of warehouses to look at.", order=order.name))
                observe = order.state != "sale" or not order._logistics_enforced("allocation")
                if not order._logistics_allocate("person", observe=observe):
                    raise UserError(
                        _(
                            "%(order)s: nothing is left to choose. Either no allocation policy fits it, or its goods"
                            " are not taken from stock, or they are picked already.",
                            order=order.name,
                        )
                    )
        return True

    def action_logistics_allocations(self):
        """Smart button: every look at the warehouses for this order."""
        action = self.env["ir.actions.act_window"]._for_xml_id("logistics_orchestration.action_allocation")
        return dict(action, domain=[("order_id", "in", self.ids)], context={})
