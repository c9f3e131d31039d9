"""How a carrier account has been going: what is waiting, and when to leave the carrier alone for a while."""

from datetime import timedelta

from odoo import _, api, fields, models

# After a failure the account's bookings wait, so that a slow or dead carrier does not hold up the others. The pause
# doubles with every failure in a row.
_FIRST_PAUSE, _LONGEST_PAUSE = 5, 900
_OK_EVERY = timedelta(minutes=1)


class CarrierAccountHealth(models.Model):
    _inherit = "logistics.carrier.account"

    health = fields.Selection(
        [
            ("unknown", "Not tried yet"),
            ("good", "Good"),
            ("waiting", "Waiting for the carrier"),
            ("failing", "Failing"),
            ("paused", "Paused"),
        ],
        compute="_compute_health",
    )
    last_ok_at = fields.Datetime(string="Last Success", readonly=True, copy=False)
    last_failure = fields.Char(readonly=True, copy=False)
    failure_count = fields.Integer(string="Failures in a Row", readonly=True, copy=False)
    hold_until = fields.Datetime(string="Next Try", readonly=True, copy=False, help="Bookings wait until then.")
    waiting_count = fields.Integer(compute="_compute_counts", string="Waiting")
    booked_count = fields.Integer(compute="_compute_counts", string="Booked")
    failed_count = fields.Integer(compute="_compute_counts", string="Failed")

    @api.depends("state", "hold_until", "failure_count", "last_ok_at")
    def _compute_health(self):
        now = fields.Datetime.now()
        for account in self:
            if account.state == "paused":
                account.health = "paused"
            elif account.hold_until and account.hold_until > now:
                account.health = "waiting"
            elif account.failure_count:
                account.health = "failing"
            else:
                account.health = "good" if account.last_ok_at else "unknown"

    def _compute_counts(self):
        # sudo: numbers only, also for those who wire accounts and see no shipments
        bookings = self.env["logistics.carrier.booking"].sudo()
        groups = bookings._read_group([("account_id", "in", self.ids)], ["account_id", "state"], ["__count"])
        counts = {(account.id, state): count for account, state, count in groups}
        for account in self:
            account.waiting_count = counts.get((account.id, "requested"), 0)
            account.booked_count = counts.get((account.id, "booked"), 0)
            account.failed_count = counts.get((account.id, "failed"), 0)

    def _is_silent(self):
        """Whether the carrier is failing or asked to be left alone at this moment."""
        self.ensure_one()
        return bool(self.failure_count or (self.hold_until and self.hold_until > fields.Datetime.now()))

    # -- how it has been going ------------------------------------------------------------------------------------

    def _succeeded(self):
        """A call went well: whatever was wrong is over."""
        self.ensure_one()
        now = fields.Datetime.now()
        known = self.last_ok_at and self.last_ok_at > now - _OK_EVERY
        if known and not self.failure_count and not self.hold_until and not self.last_failure:
            return  # not a write for every call: people edit the account meanwhile
        # sudo: the account's health is ours to note, whoever caused the call
        self.sudo().write({"last_ok_at": now, "failure_count": 0, "last_failure": False, "hold_until": False})

    def _failed(self, error, pause=0.0):
        """A call went wrong: bookings of this account wait for a while, longer with every failure in a row.

        :param str error: what to show
        :param float pause: seconds the carrier asked for; that is no failure
        """
        self.ensure_one()
        failures = self.failure_count + (0 if pause else 1)
        pause = pause or min(_FIRST_PAUSE * 2 ** min(failures - 1, 10), _LONGEST_PAUSE)
        until = fields.Datetime.now() + timedelta(seconds=pause)
        # sudo: see _succeeded
        self.sudo().write({"failure_count": failures, "last_failure": error[:500], "hold_until": until})

    def _tell_refused(self, error):
        """The carrier does not let us in: a person has to look at the account."""
        self.ensure_one()
        summary = _("Carrier does not let us in")
        # sudo: a to-do for the account's owner, whoever caused the call
        account = self.sudo()
        if account.activity_ids.filtered(lambda a: a.summary == summary):
            return
        owner = account.user_id or self.env.ref("base.user_admin")
        account.activity_schedule("mail.mail_activity_data_warning", summary=summary, note=error, user_id=owner.id)
