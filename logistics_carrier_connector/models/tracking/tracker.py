"""A number that an aggregator watches for us: registered there once, by a worker, outside any business transaction.

The intent is committed with the parcel's number. Asking twice makes no second tracker (`tracking/registering.py`), so
an answer that was lost, or a worker that died, is simply asked again; here the unique key keeps one row. What the
first answer tells about the parcel goes into the inbox like a push. Aggregators that need no registration, but are
asked about one number after the other, have their numbers here, too.
"""

from odoo import _, api, fields, models
from odoo.exceptions import UserError

from odoo.addons.logistics_orchestration.models.backbone.record_link import open_form
from odoo.addons.logistics_orchestration.models.shipment.codes import CLOSED

from ...tracking.registering import REGISTRARS

# (from, to, who, what happens)
TRANSITIONS = [
    ("new", "requested", "worker", "a parcel whose carrier is tracked through the system gets its number"),
    ("new", "registered", "worker", "the same, where the system needs no registration"),
    ("requested", "registered", "worker", "the system watches the number, now or already"),
    ("requested", "failed", "worker", "the system refuses, or nobody answers for two days: a person gets a to-do"),
    ("requested", "closed", "worker", "the parcel has arrived, or has another number: nothing is asked any more"),
    ("registered", "closed", "worker", "the same"),
    ("failed", "closed", "worker", "the same"),
    ("failed", "requested", "planner, integration admin", "Register Again"),
    ("closed", "requested", "worker", "another parcel has the number: carriers use numbers again"),
    ("closed", "registered", "worker", "the same, where the system needs no registration"),
]
OPEN = ("requested", "registered")
STATES = [
    ("requested", "To Register"),
    ("registered", "Watched"),
    ("failed", "Failed"),
    ("closed", "Closed"),
]
NUMBER_LENGTH = 100
_FREE = {"activity_ids", "message_ids", "message_follower_ids", "message_main_attachment_id"}


class Tracker(models.Model):
    _name = "logistics.tracker"
    _description = "Number Watched by a System"
    _inherit = ["logistics.work.item", "mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _rec_name = "tracking_number"
    _work_cron_id = "logistics_carrier_connector.cron_tracker"
    # after about two days a person takes over
    _work_max_attempts = 9
    _work_schedule = (30, 120, 600, 1800, 3600, 10800, 43200, 86400)

    system_id = fields.Many2one("logistics.system", required=True, readonly=True, ondelete="cascade", index=True)
    tracking_number = fields.Char(required=True, readonly=True, index="trigram")
    carrier_code = fields.Char(
        string="Carrier There", readonly=True, help="What the system calls the carrier. Empty: it finds out."
    )
    parcel_id = fields.Many2one("logistics.parcel", required=True, readonly=True, ondelete="cascade", index=True)
    shipment_id = fields.Many2one(related="parcel_id.shipment_id", string="Shipment")
    carrier_id = fields.Many2one(related="parcel_id.carrier_id")
    milestone = fields.Selection(related="parcel_id.milestone", string="Parcel Status")
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    state = fields.Selection(STATES, required=True, readonly=True, default="requested", tracking=True)
    not_let_in = fields.Boolean(readonly=True, help="The system refused our key, not this number.")
    partner_ref = fields.Char(string="Its Reference", readonly=True)
    registered_at = fields.Datetime(readonly=True)
    asked_at = fields.Datetime(string="Last Asked", readonly=True, help="When a poll last asked about it.")
    erred_at = fields.Datetime(readonly=True, help="When its last answer was an error of the system (5xx).")
    call_count = fields.Integer(string="Calls", readonly=True)

    def init(self):
        super().init()
        self.env.cr.execute(
            """
            CREATE UNIQUE INDEX IF NOT EXISTS logistics_tracker_key
                ON logistics_tracker (system_id, tracking_number, (coalesce(carrier_code, '')));
            CREATE INDEX IF NOT EXISTS logistics_tracker_due
                ON logistics_tracker (next_attempt_at) WHERE state = 'requested';
            CREATE INDEX IF NOT EXISTS logistics_tracker_watched
                ON logistics_tracker (system_id, asked_at) WHERE state = 'registered';
            """
        )

    # -- which numbers are watched -------------------------------------------------------------------------------

    @api.model
    def _watch(self, parcels):
        """Have the numbers of these parcels watched where their shipping method says so.

        Called in the transaction that gives them their numbers. Two that do so at the same time: the second one is a
        serialization failure and tried again.
        """
        wanted = {}
        for parcel in parcels.sudo():  # sudo: follows from the number, whoever entered it
            number = (parcel.tracking_number or "").strip()
            if not number or len(number) > NUMBER_LENGTH or parcel.milestone in CLOSED:
                continue
            system, carrier = parcel.carrier_id._logistics_tracker(parcel.company_id)
            if system:
                wanted.setdefault((system, number, carrier), parcel)
        if wanted:
            self.sudo()._request(wanted)  # sudo: the rows are the worker's

    def _request(self, wanted):
        """One row for each of ``wanted``: {(system, number, carrier code): parcel}; one that was closed is opened."""
        keys = [(system.id, number, carrier) for system, number, carrier in wanted]
        domain = [("system_id", "in", [key[0] for key in keys]), ("tracking_number", "in", [key[1] for key in keys])]
        found = self.search(domain)
        known = {(row.system_id.id, row.tracking_number, row.carrier_code or ""): row for row in found}
        fresh, now = [], fields.Datetime.now()
        for (system, number, carrier), parcel in wanted.items():
            state = "requested" if system.inbound_adapter in REGISTRARS else "registered"
            row = known.get((system.id, number, carrier))
            if not row:
                fresh.append(
                    (system.id, number, carrier or None, parcel.id, parcel.company_id.id, state, now, 0, 0,
                     self.env.uid, self.env.uid, now, now)
                )  # fmt: skip
            elif row.parcel_id != parcel or row.state == "closed":
                row._open(state, parcel)
        if fresh:
            self.env.cr.execute_values(
                """
                INSERT INTO logistics_tracker (system_id, tracking_number, carrier_code, parcel_id, company_id, state,
                       next_attempt_at, attempt_count, call_count, create_uid, write_uid, create_date, write_date)
                VALUES %s ON CONFLICT DO NOTHING
                """,
                fresh,
            )
        self._work_wake()

    def _open(self, state, parcel):
        """Another parcel has the number, or the same one has it again."""
        vals = {"parcel_id": parcel.id, "company_id": parcel.company_id.id}
        if self.state == "closed":
            vals.update(state=state, next_attempt_at=fields.Datetime.now(), attempt_count=0, last_error=False)
        self.write(vals)

    def write(self, vals):
        if not self.env.su and (told := vals.keys() - _FREE):
            raise UserError(
                _(
                    "%(field)s of a watched number is set by the worker only. Use Register Again.",
                    field=self._fields[min(told)]._description_string(self.env),
                )
            )
        return super().write(vals)

    def _is_over(self):
        """Whether nothing has to be known about the number any more."""
        self.ensure_one()
        parcel = self.parcel_id
        return parcel.milestone in CLOSED or (parcel.tracking_number or "").strip() != self.tracking_number

    @api.model
    def _close_ended(self, limit=1000):
        """Close what has arrived."""
        domain = [("state", "in", (*OPEN, "failed")), ("parcel_id.milestone", "in", CLOSED)]
        self.search(domain, limit=limit)._close()

    def _close(self):
        if self:
            self.activity_unlink(["mail.mail_activity_data_todo"])
            self.write({"state": "closed"})

    # -- buttons -------------------------------------------------------------------------------------------------

    def action_register_again(self):
        """Ask again for what failed, the cause being mended."""
        failed = self.filtered(lambda row: row.state == "failed")
        if not failed:
            raise UserError(_("None of these has failed."))
        failed.check_access_rights("write")
        failed.check_access_rule("write")
        failed.sudo()._again()  # sudo: the right to ask was checked, the fields are the worker's
        return True

    def _again(self):
        self.activity_unlink(["mail.mail_activity_data_todo"])
        now = fields.Datetime.now()
        self.write(
            {"state": "requested", "next_attempt_at": now, "attempt_count": 0, "last_error": False, "not_let_in": False}
        )
        self._work_wake()

    def action_open_parcel(self):
        """Open the parcel."""
        self.ensure_one()
        return open_form(self.parcel_id)
