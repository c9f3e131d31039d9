"""Gate kind ``action``: an administrator's own code says whether the order passes."""

from odoo import _, api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools.safe_eval import safe_eval


class ReleaseGate(models.Model):
    _inherit = "logistics.release.gate"

    kind = fields.Selection(selection_add=[("action", "Server action says so")], ondelete={"action": "cascade"})
    server_action_id = fields.Many2one(
        "ir.actions.server",
        ondelete="restrict",
        domain="[('state', '=', 'code'), ('model_id.model', '=', 'sale.order')]",
        help="Python code on a sales order. It sets passed (True or False), words (why) and, where only some lines"
        " fail, lines (order lines). It should only look, and change nothing.",
    )

    @api.model
    def _kinds_by_line(self):
        return super()._kinds_by_line() | {"action"}

    @api.constrains("kind", "server_action_id")
    def _check_server_action(self):
        for gate in self.filtered(lambda gate: gate.kind == "action"):
            action = gate.server_action_id.sudo()  # sudo: whoever may set up gates may name an action
            wrong = ""
            if not action:
                wrong = _("choose one")
            elif action.state != "code":
                wrong = _("'%(action)s' runs no code; choose one of type Execute Code", action=action.name)
            elif action.model_id.model != "sale.order":
                wrong = _(
                    "'%(action)s' is for %(model)s; choose one for sales orders",
                    action=action.name,
                    model=action.model_id.name,
                )
            if wrong:
                raise ValidationError(_("Gate %(name)s, Server Action: %(wrong)s.", name=gate.name, wrong=wrong))

    def _gate_action(self, order, facts):
        """Whatever the code says; it runs as Odoo runs it, with ``record`` being the order.

        :raises UserError: the code leaves ``passed`` unset
        """
        # sudo: the code was written by an administrator; Odoo too runs it with what the action is for
        action = self.server_action_id.sudo()
        if not action or action.state != "code":
            raise UserError(_("its server action is gone or runs no code"))
        context = action.with_context(
            active_model=order._name, active_id=order.id, active_ids=order.ids
        )._get_eval_context(action)
        for name in ("passed", "words", "lines"):
            context.pop(name, None)
        safe_eval((action.code or "").strip(), context, mode="exec", nocopy=True, filename=str(action))
        passed, lines = context.get("passed"), context.get("lines")
        if not isinstance(passed, bool):
            raise UserError(_("server action '%(action)s' does not set passed to True or False", action=action.name))
        words = context.get("words") or (_("Passed") if passed else _("Not passed: %(name)s", name=self.name))
        return {
            "passed": passed,
            "words": str(words),
            "inputs": {"action_id": action.id, "action": action.name},
            "line_ids": (lines & order.order_line).ids if lines else [],
        }
