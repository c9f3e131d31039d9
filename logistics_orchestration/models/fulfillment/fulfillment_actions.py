"""What people do with a fulfilment request by hand; every step has its way, recorded as such."""

from odoo import _, models
from odoo.exceptions import AccessError, UserError

from ..backbone.record_link import open_form


class Fulfillment(models.Model):
    _inherit = "logistics.fulfillment"

    def _as_person(self):
        """The requests with the rights to change them, after checking that the user may.

        :raises AccessError: the user has no logistics role
        """
        if not self.env.su and not self.env.user.has_group("logistics_orchestration.group_user"):
            raise AccessError(
                _("Fulfilment requests are up to Logistics Users. Ask one of them, or have the role given to you.")
            )
        self.check_access_rule("read")
        return self.sudo()  # sudo: fields of a request are readonly for everybody, its methods are the way

    @staticmethod
    def _clean(reason, question):
        reason = (reason or "").strip()
        if not reason:
            raise UserError(question)
        return reason

    def action_request_again(self):
        """Ask the warehouse again, for what is still open.

        :returns: True
        :raises UserError: nothing is left to ship, or no system runs the warehouse
        """
        with self.env["logistics.event"]._business_call():
            for request in self._as_person():
                order = request.order_id
                covered = (order.logistics_fulfillment_ids - request)._covered_moves()
                own = request._open_moves() - covered
                moves = own | order._logistics_shippable(request.warehouse_id).get(request.warehouse_id, own)
                if not moves:
                    raise UserError(
                        _("%(request)s: nothing is left to ship for %(order)s.", request=request.name, order=order.name)
                    )
                order._logistics_check_released()
                system = self.env["logistics.system"].sudo()._for_warehouse(request.warehouse_id)  # sudo: routing
                if not system:
                    raise UserError(
                        _(
                            "%(request)s: no system runs %(warehouse)s. Ship it by hand, or connect a system.",
                            request=request.name,
                            warehouse=request.warehouse_id.name,
                        )
                    )
                vals = request._asking_vals(request.warehouse_id, moves)
                request._transition("requested", "person", system_id=system.id, accepted_at=False, **vals)
        return True

    def action_accept(self, reason=None):
        """Record that the warehouse accepted (told by phone or mail).

        :param str reason: who said so; optional
        :returns: True
        """
        self._as_person()._transition("accepted", "person", (reason or "").strip() or None)
        return True

    def action_reject(self, reason=None):
        """Record that the warehouse will not do it.

        :param str reason: why; required
        :returns: True
        """
        reason = self._clean(reason, _("Reason: write why the warehouse does not do it."))
        for request in self._as_person():
            request._transition("rejected", "person", reason)
        return True

    def action_cancel(self, reason=None):
        """Take the request back; a warehouse that has it is asked to stop.

        :param str reason: why; required
        :returns: True
        :raises UserError: settled already
        """
        reason = self._clean(reason, _("Reason: write why the request is taken back."))
        with self.env["logistics.event"]._business_call():
            for request in self._as_person():
                if request.state in ("done", "cancelled"):
                    raise UserError(_("%(request)s is settled already.", request=request.name))
                if request.state == "cancel_requested":  # the warehouse said so by phone
                    request._transition("cancelled", "person", reason)
                else:
                    request._withdraw(reason, who="person")
        return True

    def action_mark_done(self, reason=None):
        """Record that nothing more is expected, e.g. the goods went out another way.

        :param str reason: why; required
        :returns: True
        """
        reason = self._clean(reason, _("Reason: write why nothing more is expected."))
        for request in self._as_person():
            request._transition("done", "person", reason)
        return True

    # -- buttons that ask for the reason first -----------------------------------------------------------------

    def action_ask_reject(self):
        """Button: reject, after asking why."""
        return self.env["logistics.reason.wizard"]._ask(self, "action_reject", _("Why does the warehouse not do it?"))

    def action_ask_cancel(self):
        """Button: take back, after asking why."""
        return self.env["logistics.reason.wizard"]._ask(self, "action_cancel", _("Why is the request taken back?"))

    def action_ask_done(self):
        """Button: nothing more is expected, after asking why."""
        return self.env["logistics.reason.wizard"]._ask(self, "action_mark_done", _("Why is nothing more expected?"))

    # -- smart buttons -----------------------------------------------------------------------------------------

    def action_open_transfers(self):
        """The transfers this request is about."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("stock.action_picking_tree_all")
        return dict(action, domain=[("id", "in", self.picking_ids.ids)], context={"create": False})

    def action_open_order(self):
        """The order this request is for."""
        self.ensure_one()
        return open_form(self.order_id)
