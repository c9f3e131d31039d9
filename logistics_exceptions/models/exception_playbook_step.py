"""One step of a playbook: something a person does, or something Odoo does at a person's click."""

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

KINDS = [("manual", "By hand"), ("server_action", "Server action")]


class PlaybookStep(models.Model):
    _name = "logistics.exception.playbook.step"
    _description = "Exception Playbook Step"
    _order = "playbook_id, sequence, id"

    playbook_id = fields.Many2one("logistics.exception.playbook", required=True, ondelete="cascade", index=True)
    sequence = fields.Integer(default=10)
    name = fields.Char(required=True, translate=True)
    instruction = fields.Text(translate=True, help="What to do and what to look out for.")
    kind = fields.Selection(KINDS, required=True, default="manual")
    server_action_id = fields.Many2one(
        "ir.actions.server",
        ondelete="restrict",
        help="Runs on the case, or on the case's document of the action's model.",
    )
    idempotent = fields.Boolean(
        default=True, help="May be run again after a failure: running it twice has no second effect."
    )
    company_id = fields.Many2one(related="playbook_id.company_id", store=True)

    @api.constrains("kind", "server_action_id")
    def _check_kind(self):
        for step in self:
            if (step.kind == "server_action") != bool(step.server_action_id):
                raise ValidationError(
                    _(
                        "Step %(name)s: choose a server action for that kind, and none for a step by hand.",
                        name=step.name,
                    )
                )

    def _prepare_action_vals(self):
        """Values of the step on a case: a copy, so that a later change of the playbook rewrites no history."""
        self.ensure_one()
        return {
            "step_id": self.id,
            "sequence": self.sequence,
            "name": self.name,
            "instruction": self.instruction,
            "kind": self.kind,
            "server_action_id": self.server_action_id.id,
            "idempotent": self.idempotent,
        }
