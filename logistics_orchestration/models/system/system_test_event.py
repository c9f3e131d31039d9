"""A test event: a real fact of a type of its own, told to one partner over the same way as every other.

It passes the log, the router, the relay, the URL guard, the signature and the authentication. Nobody subscribes to its
type: the router is told by a pointer whom it is for.
"""

from odoo import _, fields, models
from odoo.exceptions import UserError

from ...relay.states import CANCELLABLE
from ..backbone.record_link import open_form

TEST_TYPE = "logistics.integration.test"


class SystemTestEvent(models.Model):
    _inherit = "logistics.system"

    def action_send_test(self):
        """Send a test event and show what becomes of it."""
        self.ensure_one()
        return self._send_test(self._test_subscription())

    def _test_subscription(self):
        """The subscription a test goes through: one that uses the system's own URL, else any, else one made for it."""
        active = self.subscription_ids.filtered("active").sorted("id")
        found = active.filtered(lambda subscription: not subscription.url)[:1] or active[:1]
        if found:
            return found
        return self.env["logistics.subscription"].create({"name": _("Connection test"), "system_id": self.id})

    def _send_test(self, subscription):
        """Emit the test event for one subscription; a test that is still owed makes room for it.

        :returns: window that shows the delivery as it happens
        :raises UserError: the system cannot be sent anything
        """
        self.ensure_one()
        if self.state == "disabled":
            raise UserError(_("%s is switched off. Resume it first.", self.name))
        if subscription.system_id != self:
            raise UserError(_("%(name)s is no subscription of %(system)s.", name=subscription.name, system=self.name))
        if not subscription.target_url:
            raise UserError(_("%s has no URL to send to. Enter one first.", self.name))
        self.check_access_rights("write")
        self.check_access_rule("write")
        self._clear_tests()
        (event_uid,) = self._logistics_emit(
            TEST_TYPE,
            {
                **self._logistics_data(TEST_TYPE),
                "by": self.env.user.name,
                "sent_at": fields.Datetime.now().isoformat() + "Z",
                "note": "A test of the connection: nothing has happened and nothing is to be done.",
            },
        )
        self.env.cr.flush()  # the event is written now, so that the pointer can name it
        event = self.env["logistics.event"].search([("uid", "=", event_uid)])
        self.env["logistics.outbox.pointer"]._leave_only(subscription.id, event.ids)
        wizard = self.env["logistics.system.test"].create(
            {"system_id": self.id, "subscription_id": subscription.id, "event_id": event.id}
        )
        return dict(open_form(wizard), name=_("Test of %s", self.name), target="new")

    def _clear_tests(self):
        """One test at a time: those that wait, or were given up, are cancelled; one under way is waited for.

        :raises UserError: a test is being sent at this moment
        """
        outbox = self.env["logistics.outbox.message"]
        tests = outbox.search([("system_id", "=", self.id), ("type_name", "=", TEST_TYPE), *outbox._OPEN])
        if tests.filtered(lambda message: message.state == "sending"):
            raise UserError(_("A test is being sent to %s at this moment. Wait for its result.", self.name))
        tests.filtered(lambda message: message.state in CANCELLABLE)._cancel_because(_("Another test was sent"))
