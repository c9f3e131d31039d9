"""What kinds of holds there are, what each stops, and who may lift it."""

from datetime import timedelta

from odoo import _, api, fields, models, tools
from odoo.exceptions import ValidationError


class HoldType(models.Model):
    _name = "logistics.hold.type"
    _description = "Hold Type"
    _inherit = ["logistics.cached.mixin"]
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, help="Short code that rules and partners use, e.g. credit.")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    color = fields.Integer()
    company_id = fields.Many2one("res.company", help="Empty: for all companies.")
    description = fields.Text(translate=True, help="When this hold is used and what has to happen before it is lifted.")
    # -- what it stops --
    block_procurement = fields.Boolean(
        help="While it stands, confirming or changing the order starts no transfers, purchases or manufacturing."
        " Lifting it starts them."
    )
    block_work = fields.Boolean(
        string="Block Warehouse Work",
        default=True,
        help="While it stands, no step of pick, pack and ship can be validated, whichever way it is tried.",
    )
    allow_reservation = fields.Boolean(
        default=True, help="The order may reserve stock while it is held. Off: what it had reserved is given back."
    )
    # -- who lifts it, until when --
    release_group_id = fields.Many2one(
        "res.groups",
        string="May Be Lifted By",
        required=True,
        default=lambda self: self.env.ref("logistics_orchestration.group_user", raise_if_not_found=False),
        help="Members of this group may lift the hold.",
    )
    owner_kind = fields.Selection(
        [
            ("placer", "Whoever places it"),
            ("salesperson", "The order's salesperson"),
            ("user", "A fixed person"),
        ],
        string="Owner",
        required=True,
        default="placer",
        help="Who gets the to-do and has to see that it is lifted.",
    )
    owner_user_id = fields.Many2one("res.users", string="Fixed Owner", domain=[("share", "=", False)])
    due_hours = fields.Float(string="Due Within (Hours)", default=24.0, help="0: no due time.")
    auto_release = fields.Boolean(
        help="Lifted by itself as soon as the gate that placed it passes, e.g. when the goods have arrived."
    )
    release_domain = fields.Char(
        string="Lifted When",
        help="A hold of this type that a person or a rule placed on an order is lifted by itself as soon as the order"
        " matches; each hold may have a condition of its own. Gates lift their own holds.",
    )
    release_event_type_ids = fields.Many2many(
        "logistics.event.type",
        "logistics_hold_type_event_rel",
        string="Looked at Again After",
        help="Events of the order's flow after which conditions are looked at within seconds; else it is every hour.",
    )
    hold_count = fields.Integer(compute="_compute_hold_count", string="Active Holds")

    def init(self):
        super().init()
        self.env.cr.execute(
            "CREATE UNIQUE INDEX IF NOT EXISTS logistics_hold_type_code_idx ON logistics_hold_type"
            " (code, COALESCE(company_id, 0))"
        )

    @api.model_create_multi
    def create(self, vals_list):
        """Define hold types; without somebody who may lift it a hold would stand for ever.

        :raises ValidationError: May Be Lifted By is empty
        """
        defaults = self.default_get(["release_group_id"])
        for vals in vals_list:
            self._check_group({**defaults, **vals})
        return super().create(vals_list)

    def write(self, vals):
        if "release_group_id" in vals:
            self._check_group(vals)
        return super().write(vals)

    @api.model
    def _check_group(self, vals):
        if not vals.get("release_group_id"):
            raise ValidationError(
                _("May Be Lifted By of %(name)s: choose a group. Without one nobody could lift such a hold.",
                  name=vals.get("name") or ", ".join(self.mapped("name")) or _("the hold type"))
            )  # fmt: skip

    def _compute_hold_count(self):
        counts = dict(
            self.env["logistics.hold"]._read_group(
                [("type_id", "in", self.ids), ("state", "=", "active")], ["type_id"], ["__count"]
            )
        )
        for hold_type in self:
            hold_type.hold_count = counts.get(hold_type, 0)

    @api.constrains("owner_kind", "owner_user_id", "due_hours")
    def _check_owner(self):
        for hold_type in self:
            if hold_type.owner_kind == "user" and not hold_type.owner_user_id:
                raise ValidationError(
                    _("Hold type %(name)s: choose the Fixed Owner, or another kind of owner.", name=hold_type.name)
                )
            if hold_type.due_hours < 0:
                raise ValidationError(
                    _(
                        "Hold type %(name)s: Due Within is %(hours)s hours; write 0 (no due time) or more.",
                        name=hold_type.name,
                        hours=hold_type.due_hours,
                    )
                )

    @api.constrains("release_domain")
    def _check_release_domain(self):
        for hold_type in self:
            self.env["logistics.hold"]._check_condition(hold_type.release_domain, "sale.order", hold_type.name)

    @api.model
    @tools.ormcache()
    def _events_looked_at(self):
        """{event type name: ids of the hold types whose conditions are looked at after it}."""
        found = {}
        # sudo: configuration that counts for whoever causes the event
        for hold_type in self.sudo().search([("release_event_type_ids", "!=", False)]):
            for name in hold_type.release_event_type_ids.mapped("name"):
                found.setdefault(name, []).append(hold_type.id)
        return found

    def _owner_for(self, order):
        """The user who answers for a hold of this type on ``order`` (which may be an empty record)."""
        self.ensure_one()
        wanted = {"user": self.owner_user_id, "salesperson": order.user_id}.get(self.owner_kind) or self.env.user
        for user in (wanted, order.user_id, self.env.user):
            if user and user.active and not user.share and not user._is_superuser():
                return user
        return self.env.ref("base.user_admin")

    def _due_at(self):
        """When a hold placed now has to be lifted, or False."""
        self.ensure_one()
        return self.due_hours and fields.Datetime.now() + timedelta(hours=self.due_hours)

    def _may_release(self):
        """Whether the current user may lift holds of this type."""
        self.ensure_one()
        # sudo: a user may not read their own groups, the question is only whether they are in one
        return self.env.su or self.sudo().release_group_id in self.env.user.sudo().groups_id

    def action_open_holds(self):
        """The active holds of this type."""
        action = self.env["ir.actions.act_window"]._for_xml_id("logistics_orchestration.action_hold")
        return dict(action, domain=[("type_id", "in", self.ids)], context={"search_default_active": 1})
