"""The supplier's clock: an order is confirmed by the supplier in time, or it is reminded, or a person takes over.

Times are working hours of the company's calendar. Where replenishment only observes nobody is written to; what would
have been done is noted once.
"""

import logging
from datetime import timedelta

from odoo import _, api, fields, models
from odoo.exceptions import AccessError

_logger = logging.getLogger(__name__)

ACK_STATES = [
    ("none", "Not awaited"),
    ("due", "Awaited"),
    ("overdue", "Overdue"),
    ("partial", "Partly confirmed"),
    ("confirmed", "Confirmed"),
]
# (from, to, who, event): docs/states.md is held to this table.
TRANSITIONS = [
    ("none", "due", "Odoo", "the order is confirmed here, or the supplier is asked"),
    ("none", "confirmed", "supplier", "it answered before the order was confirmed"),
    ("due", "overdue", "Odoo", "no answer in time: the supplier is reminded"),
    ("due", "partial", "supplier, buyer", "some lines are answered"),
    ("due", "confirmed", "supplier, buyer", "every open line is answered"),
    ("overdue", "partial", "supplier, buyer", "some lines are answered"),
    ("overdue", "confirmed", "supplier, buyer", "every open line is answered"),
    ("partial", "overdue", "Odoo", "the rest is not answered in time"),
    ("partial", "confirmed", "supplier, buyer", "every open line is answered"),
    ("confirmed", "partial", "supplier", "it takes something back"),
    ("confirmed", "due", "Odoo, buyer", "it is asked again before the goods are due, or its price is refused"),
    ("partial", "due", "buyer, planner", "it is asked again, or its price is refused"),
    ("overdue", "due", "buyer, planner", "it is asked again"),
]
BATCH = 100


class PurchaseOrder(models.Model):
    _inherit = "purchase.order"

    logistics_ack_state = fields.Selection(
        ACK_STATES, string="Supplier Confirmation", default="none", readonly=True, copy=False, tracking=True
    )
    logistics_ack_due_at = fields.Datetime(string="Confirmation Due", readonly=True, copy=False)
    logistics_ack_next_at = fields.Datetime(
        string="Next Reminder",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="Empty: nothing is done any more.",
    )
    logistics_ack_reminders = fields.Integer(string="Reminders Sent", readonly=True, copy=False)
    logistics_acknowledged_at = fields.Datetime(string="Last Answer", readonly=True, copy=False)
    logistics_reconfirm_at = fields.Datetime(
        string="Asked Again On",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="So many days before the goods are due the supplier is asked whether its dates stand.",
    )

    # -- choke points -----------------------------------------------------------------------------------------

    def button_approve(self, force=False):
        """A confirmed order starts the supplier's clock."""
        result = super().button_approve(force=force)
        for order in self.filtered(lambda order: order.state == "purchase"):
            order._logistics_start_clock()
        return result

    def write(self, vals):
        result = super().write(vals)
        if vals.get("state") in ("cancel", "draft"):
            # super: an order that is off awaits nothing
            super().write({"logistics_ack_next_at": False, "logistics_reconfirm_at": False})
        return result

    # -- figures ----------------------------------------------------------------------------------------------

    def _logistics_figure(self, name):
        """A figure of the supplier, else of the company (``ack_hours``, ``reconfirm_days``)."""
        self.ensure_one()
        field = f"logistics_{name}"
        return self.partner_id.commercial_partner_id[field] or self.company_id[field]

    def _logistics_work_time(self, start, hours):
        """``hours`` of the company's working time after ``start`` (naive UTC); around the clock without a calendar."""
        calendar = self.company_id.resource_calendar_id
        moment = calendar and calendar.plan_hours(hours, start, compute_leaves=True)
        return moment or start + timedelta(hours=hours)

    # -- the clock --------------------------------------------------------------------------------------------

    def _logistics_start_clock(self, asked=False):
        """Await an answer from now on.

        :param bool asked: the supplier was asked (again) just now: what it answered before does not count
        """
        self.ensure_one()
        now = fields.Datetime.now()
        lines = self.order_line._logistics_outstanding()
        if not lines:
            return
        if not asked and lines == lines._logistics_settled():
            return self._logistics_settle_acknowledgement(self.logistics_acknowledged_at or now)
        due = self._logistics_work_time(now, self._logistics_figure("ack_hours"))
        self.write(
            {
                "logistics_ack_state": "due",
                "logistics_ack_due_at": due,
                "logistics_ack_next_at": due,
                "logistics_ack_reminders": 0,
                "logistics_reconfirm_at": False,
            }
        )

    def _logistics_settle_acknowledgement(self, given_at):
        """Set the state by what is answered, stop the clock where nothing is missing, and plan to ask again."""
        self.ensure_one()
        lines = self.order_line._logistics_outstanding()
        settled = lines._logistics_settled()
        vals = {"logistics_acknowledged_at": given_at}
        if settled == lines:
            vals.update(
                logistics_ack_state="confirmed",
                logistics_ack_next_at=False,
                logistics_reconfirm_at=self._logistics_reconfirm_time(lines),
            )
            self._logistics_answered()
        elif lines.filtered("logistics_answer_code"):
            vals["logistics_ack_state"] = "partial"
        self.write(vals)

    def _logistics_reconfirm_time(self, lines):
        """When to ask again, or False: the goods are due too soon for that."""
        days = self._logistics_figure("reconfirm_days")
        planned = [line.date_planned for line in lines if line.date_planned]
        if days <= 0 or not planned:
            return False
        moment = min(planned) - timedelta(days=days)
        return moment if moment > fields.Datetime.now() else False

    def _logistics_answered(self):
        """The to-dos about a missing answer are done."""
        summaries = (self._logistics_chase_summary(), self._logistics_reminder_summary())
        # sudo: the to-do may be somebody else's
        self.sudo().activity_ids.filtered(lambda a: a.summary in summaries).action_feedback(feedback=_("Answered"))

    def _logistics_chase_summary(self):
        return _("Call %(supplier)s: no confirmation", supplier=self.partner_id.display_name)

    def _logistics_reminder_summary(self):
        return _("%(supplier)s has not confirmed yet", supplier=self.partner_id.display_name)

    @api.model
    def _cron_supplier_clock(self):
        """Scheduled action: remind, hand over to a person, ask again."""
        now = fields.Datetime.now()
        domain = [
            ("state", "=", "purchase"),
            "|",
            ("logistics_ack_next_at", "<=", now),
            ("logistics_reconfirm_at", "<=", now),
        ]
        for order in self.search(domain, limit=BATCH, order="logistics_ack_next_at, id"):
            try:
                with self.env.cr.savepoint():
                    order.with_company(order.company_id)._logistics_clock_struck(now)
            except Exception:
                # one order that cannot be reminded keeps no other waiting
                _logger.exception("The supplier of %s could not be reminded; tried again in an hour", order.name)
                later = now + timedelta(hours=1)
                order.write(
                    {
                        "logistics_ack_next_at": order.logistics_ack_next_at and later,
                        "logistics_reconfirm_at": order.logistics_reconfirm_at and later,
                    }
                )
        if self.search(domain, limit=1):
            self.env.ref("logistics_orchestration.cron_supplier_clock")._trigger()

    def _logistics_clock_struck(self, now):
        """One order's time has come."""
        self.ensure_one()
        if not self.order_line._logistics_outstanding():
            self.write({"logistics_ack_next_at": False, "logistics_reconfirm_at": False})
        elif not self._logistics_enforced("replenishment"):
            self.write({"logistics_ack_next_at": False, "logistics_reconfirm_at": False})
            self._logistics_observe(
                "replenishment", _("Would have reminded %(supplier)s", supplier=self.partner_id.display_name)
            )
        elif self.logistics_ack_next_at and self.logistics_ack_next_at <= now:
            self._logistics_remind(now)
        else:
            self._logistics_ask_again()

    def _logistics_remind(self, now):
        """Remind the supplier, so often; then a person calls."""
        company = self.company_id
        if self.logistics_ack_reminders >= company.logistics_ack_reminders:
            self.logistics_ack_next_at = False
            self._logistics_activity(
                self._logistics_chase_summary(),
                _("%(count)s reminder(s) were sent. Call, then enter what was said under Promises.",
                  count=self.logistics_ack_reminders),
            )  # fmt: skip
            return
        count = self.logistics_ack_reminders + 1
        self.write(
            {
                "logistics_ack_state": "overdue",
                "logistics_ack_reminders": count,
                "logistics_ack_next_at": self._logistics_work_time(now, company.logistics_ack_remind_hours),
            }
        )
        self._logistics_activity(
            self._logistics_reminder_summary(),
            _("The confirmation was due on %(due)s. The supplier is reminded.", due=self.logistics_ack_due_at),
        )
        self._logistics_mail_supplier("logistics_orchestration.mail_template_ack_reminder", "acknowledge")
        self._logistics_emit("logistics.purchase.acknowledgement_overdue")

    def _logistics_ask_again(self):
        """Before the goods are due: do the dates stand?"""
        self._logistics_start_clock(asked=True)
        self._logistics_mail_supplier("logistics_orchestration.mail_template_reconfirm", "reconfirm")
        self._logistics_emit("logistics.purchase.reconfirmation_requested", certainty="requested")

    # -- asking -----------------------------------------------------------------------------------------------

    def action_logistics_ask_supplier(self):
        """Button, on one or many orders: ask the supplier now, by mail with a link to answer."""
        groups = ("purchase.group_purchase_user", "logistics_orchestration.group_planner")
        if not self.env.su and not any(map(self.env.user.has_group, groups)):
            raise AccessError(_("Asking suppliers is for buyers and planners. Ask one of them."))
        orders = self.filtered(lambda order: order.state in ("sent", "purchase"))
        for order in orders.sudo():  # sudo: a planner asks without the right to buy
            order._logistics_start_clock(asked=True)
            order._logistics_mail_supplier("logistics_orchestration.mail_template_ack_reminder", "acknowledge")
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success" if orders else "warning",
                "message": _("%(count)s supplier(s) are asked.", count=len(orders))
                if orders
                else _("Nothing was sent: ask about orders that are sent or confirmed."),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def _logistics_mail_supplier(self, template, purpose):
        """Put a mail with an answer link into the mail queue; without an address a person has to ask."""
        self.ensure_one()
        template = self.env.ref(template, raise_if_not_found=False)
        if not template or not self.partner_id.email:
            self._logistics_activity(
                _("Ask %(supplier)s by hand", supplier=self.partner_id.display_name),
                _("The supplier has no mail address, or the mail template is gone."),
            )
            return
        # sudo: the link is the supplier's; only its address leaves, in the mail
        link = self.env["logistics.supplier.link"].sudo()._make(self, purpose)
        # sudo: whoever asks may not read templates
        template.sudo().with_context(logistics_link=link._url(), logistics_link_until=link.expires_at).send_mail(
            self.id, email_layout_xmlid="mail.mail_notification_light"
        )

    def _logistics_data(self, type_name):
        data = super()._logistics_data(type_name)
        if type_name in (
            "logistics.purchase.acknowledgement_overdue",
            "logistics.purchase.reconfirmation_requested",
        ):
            due = self.logistics_ack_due_at
            data = self._logistics_purchase_data(
                self.order_line._logistics_outstanding() - self.order_line._logistics_settled()
                if type_name.endswith("overdue")
                else self.order_line._logistics_outstanding()
            )
            data.update(
                due_at=due.isoformat(timespec="seconds") + "Z" if due else None, reminders=self.logistics_ack_reminders
            )
        return data
