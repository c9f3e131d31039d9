"""One document of a mass action: done with the rights of whoever started it, or the reason why not."""

from odoo import _, fields, models
from odoo.exceptions import AccessError, UserError

from ..backbone.record_link import open_record


class MassActionLine(models.Model):
    _name = "logistics.mass.action.line"
    _description = "Document of a Mass Action"
    _inherit = ["logistics.work.item"]
    _order = "mass_id, id"
    _work_cron_id = "logistics_orchestration.cron_mass_action"
    _work_max_attempts = 5

    mass_id = fields.Many2one("logistics.mass.action", required=True, readonly=True, ondelete="cascade", index=True)
    res_model = fields.Char(required=True, readonly=True)
    res_id = fields.Many2oneReference(string="Document ID", model_field="res_model", required=True, readonly=True)
    name = fields.Char(string="Document", required=True, readonly=True)
    about = fields.Text(readonly=True)
    state = fields.Selection(
        [("todo", "To Do"), ("done", "Done"), ("refused", "Not Done")],
        default="todo",
        required=True,
        readonly=True,
        index=True,
    )
    words = fields.Text(string="Result", readonly=True, help="What came of it, or why it was not done.")

    def _work_domain(self):
        return [
            ("state", "=", "todo"),
            ("mass_id.state", "=", "running"),
            ("next_attempt_at", "<=", fields.Datetime.now()),
        ]

    def _work_one(self):
        self._carry_out()
        self.mass_id._settle()

    def _work_dead(self, error):
        self.write({"state": "refused", "words": error})
        self.mass_id._settle()

    def _document(self):
        """The document as the user sees it: their rights, their companies, their language."""
        mass, user = self.mass_id, self.mass_id.user_id
        companies = [mass.company_id.id, *(user.company_ids - mass.company_id).ids]
        record = self.env[self.res_model].with_user(user).browse(self.res_id)
        return record.with_context(allowed_company_ids=companies, lang=user.lang, tz=user.tz)

    def _carry_out(self):
        """Do it as the user, or note why it cannot be done."""
        self.ensure_one()
        mass = self.mass_id
        spec = mass._kinds()[mass.kind]
        record = self._document()
        try:
            if not (mass.user_id.active or mass.user_id._is_superuser()):
                raise UserError(_("%(user)s is not active any more.", user=mass.user_id.name))
            with self.env.cr.savepoint():
                given = {"reason": mass.reason} if spec["reason"] else {}
                getattr(record, spec["method"])(**given)
                words = mass.with_env(record.env)._outcome(record)
        except (UserError, AccessError) as error:
            self.write({"state": "refused", "words": error.args[0]})
        else:
            self.write({"state": "done", "words": words})

    def action_open_document(self):
        """Open the document."""
        return open_record(self)

    def _cron_run(self):
        """Scheduled action: do what was started."""
        self._work_cron("logistics_orchestration.cron_mass_action")
