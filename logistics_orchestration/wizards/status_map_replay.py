"""Map and replay: say what a partner's unknown code means, and have every message that waits for it processed."""

import json

from odoo import _, api, fields, models
from odoo.exceptions import UserError

from ..models.shipment.codes import EXCEPTION, MILESTONE
from ..models.shipment.status_map import NATIVE


def _literal(text):
    """A text for a LIKE pattern in which nothing stands for anything else."""
    for char in ("\\", "%", "_"):
        text = text.replace(char, "\\" + char)
    return text


class StatusMapReplay(models.TransientModel):
    _name = "logistics.status.map.replay"
    _description = "Map a Code and Replay"

    system_id = fields.Many2one("logistics.system", required=True, readonly=True, ondelete="cascade")
    raw_code = fields.Char(string="The Partner's Code", required=True, readonly=True)
    field = fields.Char(string="Said In", readonly=True)
    label = fields.Char(string="The Partner's Words", help="Taken from the messages; correct it as you like.")
    milestone = fields.Selection(MILESTONE, help="Empty: it says nothing about how far the parcel is.")
    exception_code = fields.Selection(EXCEPTION, string="Exception", help="Empty: nothing is wrong.")
    action_required = fields.Boolean(help="The partner waits for somebody on our side.")
    nothing = fields.Boolean(string="It Moves Nothing", help="The code is known and has no meaning for us.")
    note = fields.Char(string="Why", help="Where the meaning is from, e.g. the carrier's manual, page 12.")
    waiting_count = fields.Integer(compute="_compute_waiting_count", string="Messages That Wait for It")
    elsewhere = fields.Char(
        readonly=True, help="What the same code means in other lists, and who else waits for it: a hint, no more."
    )

    @api.model
    def _open_for(self, message):
        """Window for the code that an inbox message waits for.

        :raises UserError: it does not wait for a code
        """
        if message.state != "quarantined" or not message.unmapped_code:
            raise UserError(_("Message %(id)s does not wait for a code to be mapped.", id=message.external_id))
        wizard = self.create(
            {
                "system_id": message.system_id.id,
                "raw_code": message.unmapped_code,
                "field": message.unmapped_field,
                "label": self._words_of(message),
                **self._suggestion(message),
            }
        )
        return {
            "type": "ir.actions.act_window",
            "name": _("What Does %(code)s Mean?", code=message.unmapped_code),
            "res_model": self._name,
            "res_id": wizard.id,
            "views": [[False, "form"]],
            "target": "new",
        }

    @api.model
    def _suggestion(self, message):
        """A meaning to begin with, where every other list agrees on one; what those lists say, and who else waits.

        Only the very same code counts, written alike but for case: a person decides.
        """
        code = message.unmapped_code
        words = [
            _("%(count)s message(s) of %(system)s wait for the same code", system=system.name, count=count)
            for system, count in self.env["logistics.inbox.message"]._read_group(
                [
                    ("state", "=", "quarantined"),
                    ("unmapped_code", "=", code),
                    ("system_id", "!=", message.system_id.id),
                ],
                ["system_id"],
                ["__count"],
            )
        ]
        rows = self.env["logistics.status.map"].search([("raw_code", "=ilike", _literal(code))], limit=20)
        # two or three characters are anything in somebody's list
        rows = rows.filtered(lambda row: len(code) > 3 and (row.milestone or row.exception_code))
        milestones = dict(rows._fields["milestone"]._description_selection(self.env))
        exceptions = dict(rows._fields["exception_code"]._description_selection(self.env))
        words += [
            f"{row.system_id.name or row.source}: "
            + ", ".join(filter(None, (milestones.get(row.milestone), exceptions.get(row.exception_code))))
            for row in rows
        ]
        found = {"elsewhere": "; ".join(words)[:500] or False}
        if len({(row.milestone, row.exception_code) for row in rows}) == 1:
            found.update(milestone=rows[0].milestone, exception_code=rows[0].exception_code)
        return found

    @api.model
    def _words_of(self, message):
        try:
            data = message.data or json.loads(message.raw or "{}").get("data") or {}
        except ValueError:
            data = {}
        return str(data.get("description") or "")[:200]

    def _waiting(self):
        """The messages in quarantine that wait for this very code."""
        self.ensure_one()
        return self.env["logistics.inbox.message"].search(
            [
                ("system_id", "=", self.system_id.id),
                ("state", "=", "quarantined"),
                ("unmapped_code", "=", self.raw_code),
                ("unmapped_field", "=", self.field or False),
            ],
            order="id",
        )

    @api.depends("system_id", "raw_code", "field")
    def _compute_waiting_count(self):
        for wizard in self:
            wizard.waiting_count = len(wizard._waiting())

    def action_apply(self):
        """Write the system's own map (a new version where it has the code already), then replay what waits."""
        self.ensure_one()
        if not self.nothing and not (self.milestone or self.exception_code):
            raise UserError(
                _("%(code)s: choose a milestone or an exception, or say that it moves nothing.", code=self.raw_code)
            )
        meaning = {
            "label": self.label,
            "milestone": False if self.nothing else self.milestone,
            "exception_code": False if self.nothing else self.exception_code,
            "action_required": self.action_required,
            "note": self.note,
        }
        key = [
            ("system_id", "=", self.system_id.id),
            ("raw_code", "=", self.raw_code),
            ("field", "=", self.field or False),
        ]
        maps = self.env["logistics.status.map"]
        row = maps.search(key, limit=1)
        if row:
            row.write(meaning)
        else:
            # archived versions of the code count on: the next one is theirs plus one
            last = maps.with_context(active_test=False).search(key, order="version desc", limit=1)
            row = maps.create(
                {
                    "system_id": self.system_id.id,
                    "source": self.system_id.status_source or NATIVE,
                    "raw_code": self.raw_code,
                    "field": self.field,
                    "version": last.version + 1,
                    **meaning,
                }
            )
        # sudo: who may map a code may have processed what waits for it; the map's own rights were checked just now
        waiting = self._waiting().sudo()
        waiting.action_replay()
        self.system_id.sudo().message_post(  # sudo: a note for whoever looks after the system
            body=_(
                "%(user)s mapped the code %(code)s (version %(version)s) and replayed %(count)s messages.",
                user=self.env.user.name,
                code=self.raw_code,
                version=row.version,
                count=len(waiting),
            )
        )
        return {"type": "ir.actions.act_window_close"}
