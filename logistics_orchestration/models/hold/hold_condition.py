"""Holds that lift themselves: a condition on what is held, looked at when a cause may have changed and hourly."""

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError
from odoo.osv import expression
from odoo.tools.safe_eval import datetime as safe_datetime
from odoo.tools.safe_eval import dateutil as safe_dateutil
from odoo.tools.safe_eval import safe_eval

CHUNK = 500


class Hold(models.Model):
    _inherit = "logistics.hold"

    release_domain = fields.Char(
        string="Lifted When",
        compute="_compute_release_domain",
        store=True,
        readonly=False,
        precompute=True,
        tracking=True,
        help="The hold is lifted by itself as soon as what is held matches. Empty: only its gate or a person lifts it.",
    )
    document_model = fields.Char(compute="_compute_document_model")
    reminded_at = fields.Datetime(readonly=True, copy=False, help="When its owner was told that it is overdue.")

    @api.depends("type_id", "order_id", "gate_id")
    def _compute_release_domain(self):
        for hold in self:
            # the type's condition speaks of orders; a transfer's hold may have its own, a gate lifts its own hold
            mine = hold.order_id and not hold.gate_id
            hold.release_domain = hold.type_id.release_domain if mine else False

    @api.depends("order_id", "picking_id")
    def _compute_document_model(self):
        for hold in self:
            hold.document_model = "stock.picking" if hold.picking_id else "sale.order"

    @api.constrains("release_domain")
    def _check_release_domain(self):
        for hold in self:
            self._check_condition(hold.release_domain, hold.document_model, hold.name)

    @api.model
    def _condition(self, text):
        """A written condition as a domain; it may speak of uid, today and time, as those of gates."""
        names = {
            "uid": self.env.uid,
            "datetime": safe_datetime,
            "relativedelta": safe_dateutil.relativedelta.relativedelta,
            "context_today": lambda: fields.Date.context_today(self),
            "current_date": fields.Date.to_string(fields.Date.context_today(self)),
        }
        return safe_eval((text or "").strip() or "[]", names)

    @staticmethod
    def _is_condition(text):
        """Whether something is written at all; the editor leaves an empty list behind, which is no condition."""
        return (text or "").strip() not in ("", "[]")

    @api.model
    def _check_condition(self, text, model, name):
        """Refuse a condition that documents cannot be searched with.

        :raises ValidationError: naming the field and what is wrong with it
        """
        if not self._is_condition(text):
            return
        try:
            domain = self._condition(text)
            with self.env.cr.savepoint():
                self.env[model].search(domain, limit=1)
        except Exception as error:
            raise ValidationError(
                _(
                    "Lifted When of %(name)s: %(domain)s is no condition on %(model)s (%(error)s).",
                    name=name,
                    domain=text,
                    model=self.env["ir.model"]._get(model).name,
                    error=error,
                )
            ) from error

    def _lift_by_condition(self):
        """Lift those of these holds whose condition is met; one that cannot be evaluated stays.

        :returns: the holds that were lifted
        """
        waiting = self.filtered(
            lambda hold: hold.state == "active" and not hold.gate_id and self._is_condition(hold.release_domain)
        )
        met = self.browse()
        for text, model in {(hold.release_domain, hold.document_model) for hold in waiting}:
            holds = waiting.filtered(
                lambda hold, text=text, model=model: hold.release_domain == text and hold.document_model == model
            )
            field = "picking_id" if model == "stock.picking" else "order_id"
            try:
                domain = expression.AND([[("id", "in", holds[field].ids)], self._condition(text)])
                with self.env.cr.savepoint():
                    found = self.env[model].search(domain)
            except Exception as error:
                # it was valid when it was written; a field may have gone since. Held is the safe side
                for hold in holds:
                    hold._logistics_activity(
                        _("The condition of a hold cannot be evaluated"),
                        f"{text}: {error}",
                        user=self.env.ref("base.user_admin"),
                    )
                continue
            met |= holds.filtered(lambda hold, field=field, found=found: hold[field] in found)
        for hold in met:
            hold._release(_("Its condition is met: %(condition)s", condition=hold.release_domain), auto=True)
        return met

    # -- the clock ---------------------------------------------------------------------------------------------

    @api.model
    def _cron_watch(self):
        """Scheduled action: lift what lifts itself, remind the owners of what is overdue."""
        waiting = self.search([("state", "=", "active"), ("release_domain", "!=", False)], order="id")
        for start in range(0, len(waiting), CHUNK):
            with self.env.cr.savepoint():
                waiting[start : start + CHUNK]._lift_by_condition()
        self._remind_overdue()

    @api.model
    def _remind_overdue(self):
        """One reminder for each hold whose time is up, to its owner and to whoever follows it."""
        domain = [("state", "=", "active"), ("due_at", "<", fields.Datetime.now()), ("reminded_at", "=", False)]
        for hold in self.search(domain, limit=CHUNK, order="due_at"):
            hold._logistics_activity(
                _("Overdue hold: %(type)s", type=hold.type_id.name),
                _("%(reason)s. It was due at %(due)s: lift it, settle it, or give it a new due time.",
                  reason=hold.reason, due=hold.due_at),
                user=hold.owner_id,
            )  # fmt: skip
            hold.message_post(body=_("The hold is overdue."), subtype_xmlid="mail.mt_note")
            hold.reminded_at = fields.Datetime.now()

    def write(self, vals):
        if "due_at" in vals:
            vals = {**vals, "reminded_at": False}  # a new time, a new reminder
        return super().write(vals)
