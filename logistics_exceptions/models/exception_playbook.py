"""What is to be done about a kind of trouble, step by step."""

from odoo import fields, models


class Playbook(models.Model):
    _name = "logistics.exception.playbook"
    _description = "Exception Playbook"
    _order = "name"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    step_ids = fields.One2many("logistics.exception.playbook.step", "playbook_id", string="Steps", copy=True)
    type_ids = fields.One2many("logistics.exception.type", "playbook_id", string="Used For", readonly=True)
    description = fields.Text(translate=True)
    company_id = fields.Many2one("res.company", help="Empty: all companies.")
