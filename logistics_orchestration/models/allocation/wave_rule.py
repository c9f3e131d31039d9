"""Which transfers are picked together, until when, and how many: rules that fill Odoo's batches in a stated order.

A transfer goes by the rule that says most about it (carrier before zone before priority; alike, the lower sequence),
and into a wave in the order of ``scoring.waves``: urgent, promise, cut-off, order date, number. Two runs at once: both
mark the rules as rows, and at REPEATABLE READ the later one fails and is tried again, seeing what the first has done.
"""

from collections import defaultdict

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.tools import format_duration

from ...scoring.waves import Capacity, Wave, fill

# Transfers looked at in one run of one operation type; the rest comes with the next run.
LIMIT = 2000


class WaveRule(models.Model):
    _name = "logistics.wave.rule"
    _description = "Wave Rule"
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    # -- which transfers --
    picking_type_id = fields.Many2one(
        "stock.picking.type", string="Operation Type", required=True, ondelete="cascade", check_company=True
    )
    warehouse_id = fields.Many2one(related="picking_type_id.warehouse_id", store=True)
    company_id = fields.Many2one(related="picking_type_id.company_id", store=True, index=True)
    carrier_ids = fields.Many2many(
        "delivery.carrier", "logistics_wave_rule_carrier_rel", string="Carriers", help="Empty: any, or none."
    )
    country_ids = fields.Many2many("res.country", "logistics_wave_rule_country_rel", string="Countries")
    zip_prefixes = fields.Char(string="Postcodes", help="First characters, separated by commas: 10, 2. Empty: all.")
    urgent_only = fields.Boolean(help="Only transfers that are marked as urgent.")
    # -- until when --
    cutoff_words = fields.Char(
        string="Cut-offs",
        compute="_compute_cutoff_words",
        help="When the carriers leave on working days: those of the warehouse, per shipping method.",
    )
    start_hours = fields.Float(
        string="Starts Before Cut-off (Hours)", help="The wave is started by itself then; 0: people start it."
    )
    # -- how many --
    max_transfers = fields.Integer(string="Transfers per Wave", default=20, help="0: no limit.")
    max_lines = fields.Integer(string="Lines per Wave", help="0: no limit.")
    max_weight = fields.Float(string="Weight per Wave", help="In the database's unit of weight; 0: no limit.")
    user_id = fields.Many2one("res.users", string="Responsible", domain=[("share", "=", False)])
    last_run_at = fields.Datetime(readonly=True, copy=False)
    batch_ids = fields.One2many("stock.picking.batch", "logistics_wave_rule_id", string="Waves")
    batch_count = fields.Integer(compute="_compute_batch_count", string="Open Waves")
    order_words = fields.Char(compute="_compute_order_words", string="Who Is First")

    def _compute_batch_count(self):
        counts = dict(
            self.env["stock.picking.batch"]._read_group(
                [("logistics_wave_rule_id", "in", self.ids), ("state", "in", ("draft", "in_progress"))],
                ["logistics_wave_rule_id"],
                ["__count"],
            )
        )
        for rule in self:
            rule.batch_count = counts.get(rule, 0)

    def _compute_order_words(self):
        words = _(
            "Urgent first, then the earliest promise, the earliest cut-off, the earliest order, the number."
            " Who does not fit opens the next wave: nobody is overtaken."
        )
        for rule in self:
            rule.order_words = words

    # -- checks ------------------------------------------------------------------------------------------------

    @api.constrains("start_hours", "max_transfers", "max_lines", "max_weight", "picking_type_id")
    def _check_figures(self):
        for rule in self:
            for field in ("start_hours", "max_transfers", "max_lines", "max_weight"):
                if rule[field] < 0:
                    label = self._fields[field]._description_string(self.env)
                    raise ValidationError(
                        _("Wave rule %(name)s, %(field)s: write 0 or more.", name=rule.name, field=label)
                    )
            if rule.start_hours and not rule.warehouse_id.logistics_cutoff_ids:
                raise ValidationError(
                    _(
                        "Wave rule %(name)s, Starts Before Cut-off: %(warehouse)s has no cut-off to start before. Set"
                        " one under Configuration > Cut-offs.",
                        name=rule.name,
                        warehouse=rule.warehouse_id.name,
                    )
                )

    @api.constrains("picking_type_id")
    def _check_picking_type(self):
        for rule in self:
            if rule.picking_type_id.auto_batch:
                raise ValidationError(
                    _(
                        "Wave rule %(name)s, Operation Type: %(type)s makes Automatic Batches, first come first served."
                        " Switch those off on the type, or leave the waves to them.",
                        name=rule.name,
                        type=rule.picking_type_id.display_name,
                    )
                )

    # -- cut-off -----------------------------------------------------------------------------------------------

    @api.depends(
        "warehouse_id.logistics_cutoff_ids.hour", "warehouse_id.logistics_cutoff_ids.carrier_id", "carrier_ids"
    )
    def _compute_cutoff_words(self):
        for rule in self:
            rows = rule.warehouse_id.logistics_cutoff_ids.sorted(lambda row: (bool(row.carrier_id), row.hour))
            if rule.carrier_ids:
                rows = rows.filtered(lambda row, rule=rule: not row.carrier_id or row.carrier_id in rule.carrier_ids)
            rule.cutoff_words = ", ".join(
                f"{row.carrier_id.name or _('all others')} {format_duration(row.hour)}" for row in rows
            )

    def _cut_offs(self, pickings, now):
        """{shipping method: its next cut-off in this warehouse (UTC), or None} for the methods of ``pickings``."""
        self.ensure_one()
        warehouse = self.warehouse_id
        days = warehouse._logistics_work_days(now) if warehouse.logistics_cutoff_ids else []
        carriers = [self.env["delivery.carrier"], *pickings.carrier_id]
        return {carrier: warehouse._logistics_next_cutoff(carrier, now, days) for carrier in carriers}

    def action_open_cutoffs(self):
        """Button: the cut-offs of this rule's warehouse, which release and waves share."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("logistics_orchestration.action_cutoff")
        warehouse = self.warehouse_id
        domain = [("warehouse_id", "=", warehouse.id)]
        return dict(action, domain=domain, context={"default_warehouse_id": warehouse.id})

    # -- which rule --------------------------------------------------------------------------------------------

    def _prefixes(self):
        return tuple(part.strip().upper() for part in (self.zip_prefixes or "").split(",") if part.strip())

    def _fits(self, picking):
        """Whether this rule is about ``picking``."""
        self.ensure_one()
        address = picking.partner_id
        prefixes = self._prefixes()
        return (
            self.picking_type_id == picking.picking_type_id
            and (not self.carrier_ids or picking.carrier_id in self.carrier_ids)
            and (not self.country_ids or address.country_id in self.country_ids)
            and (not prefixes or (address.zip or "").upper().startswith(prefixes))
            and (not self.urgent_only or picking.priority == "1")
        )

    def _says(self):
        """How much a rule says about a transfer; the one that says most decides."""
        self.ensure_one()
        zone = 2 if self._prefixes() else 1 if self.country_ids else 0
        return (-bool(self.carrier_ids), -zone, -bool(self.urgent_only), self.sequence, self.id)

    # -- filling -----------------------------------------------------------------------------------------------

    def action_fill(self):
        """Button: fill the waves of these rules' operation types now.

        :returns: notification with the number of transfers
        :raises AccessError: the user has no logistics role
        """
        if not self.env.su and not self.env.user.has_group("logistics_orchestration.group_user"):
            raise AccessError(_("Waves are filled by Logistics Users. Ask one of them."))
        count = len(self.sudo()._fill(force=True))  # sudo: batches are the warehouse's, the right is checked above
        message = (
            _("%(count)s transfer(s) put into waves", count=count) if count else _("Nothing is waiting for a wave")
        )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "message": message,
                "type": "success" if count else "info",
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    @api.model
    def _cron_fill(self):
        """Scheduled action: fill waves, start those whose time has come."""
        self.search([])._fill()
        self.env["stock.picking.batch"]._logistics_start_due()

    def _fill(self, force=False):
        """Put waiting transfers into waves; returns the transfers.

        :param bool force: a person wants it, also where it is only observed
        """
        done = self.env["stock.picking"]
        for picking_type in self.picking_type_id:
            rules = self.search([("picking_type_id", "=", picking_type.id)])
            waiting = self._waiting(picking_type)
            if not waiting:
                continue
            rules.write({"last_run_at": fields.Datetime.now()})  # see the head of this file
            rules.flush_recordset()
            by_rule = defaultdict(self.env["stock.picking"].browse)
            ranked = rules.sorted(lambda rule: rule._says())
            for picking in waiting:
                rule = next((rule for rule in ranked if rule._fits(picking)), None)
                if rule:
                    by_rule[rule] |= picking
            for rule, pickings in by_rule.items():
                if force or rule._is_enforced():
                    rule._fill_waves(pickings)
                    done |= pickings
                else:
                    rule._note(pickings)
        return done

    def _is_enforced(self):
        return self.env["logistics.switch"]._is_enforced("allocation", self.company_id, self.warehouse_id)

    @api.model
    def _waiting(self, picking_type):
        """Transfers that may be worked on and are in no batch: reserved, released, not held, not another system's."""
        pickings = self.env["stock.picking"].search(
            [("picking_type_id", "=", picking_type.id), ("state", "=", "assigned"), ("batch_id", "=", False)],
            limit=LIMIT,
            order="priority desc, date_deadline, id",
        )
        stopped = set(pickings.move_ids._logistics_holds("block_work"))
        stopped |= set(pickings.move_ids._logistics_unreleased())
        return pickings.filtered(
            lambda picking: not stopped & set(picking.move_ids.ids)
            and not any(
                request.system_id and request.state not in ("done", "cancelled", "rejected")
                for request in picking.logistics_fulfillment_ids
            )
        )

    def _fill_waves(self, pickings):
        """Put ``pickings`` into waves of this rule."""
        self.ensure_one()
        cut_offs = self._cut_offs(pickings, fields.Datetime.now())
        works = {
            work: picking for picking in pickings for work in [picking._logistics_work(cut_offs[picking.carrier_id])]
        }
        Batch = self.env["stock.picking.batch"]
        opened = Batch.search([("logistics_wave_rule_id", "=", self.id), ("state", "=", "draft")], order="id")
        waves = [
            Wave(
                batch.id,
                batch.logistics_cut_off_at or None,
                len(batch.picking_ids),
                len(batch.picking_ids.move_ids),
                sum(batch.picking_ids.mapped("weight")),
            )
            for batch in opened
        ]
        capacity = Capacity(self.max_transfers, self.max_lines, self.max_weight)
        for wave in fill(works, capacity, waves):
            batch = Batch.browse(wave.key) if wave.key else Batch.create(self._wave_vals(wave))
            position = max(batch.picking_ids.mapped("logistics_wave_position"), default=0)
            added = self.env["stock.picking"].union(*(works[work] for work in wave.added))
            added.write({"batch_id": batch.id})
            for number, work in enumerate(wave.added, position + 1):
                works[work].write(
                    {"logistics_wave_position": number, "logistics_wave_why": works[work]._logistics_rank_words(work)}
                )

    def _wave_vals(self, wave):
        return {
            "company_id": self.company_id.id,
            "picking_type_id": self.picking_type_id.id,
            "user_id": self.user_id.id,
            "logistics_wave_rule_id": self.id,
            "logistics_cut_off_at": wave.cut_off or False,
        }

    def _note(self, pickings):
        """Only observed: say once per transfer that it would have gone into a wave."""
        noted = self.env["logistics.observation"].search(
            [("capability", "=", "allocation"), ("res_model", "=", "stock.picking"), ("res_id", "in", pickings.ids)]
        )
        for picking in pickings - pickings.browse(noted.mapped("res_id")):
            picking._logistics_observe(
                "allocation", _("Would have put %(name)s into a wave of %(rule)s", name=picking.name, rule=self.name)
            )

    def action_open_waves(self):
        """Smart button: the waves of this rule."""
        action = self.env["ir.actions.act_window"]._for_xml_id("stock_picking_batch.stock_picking_batch_action")
        return dict(action, domain=[("logistics_wave_rule_id", "in", self.ids)], context={"create": False})
