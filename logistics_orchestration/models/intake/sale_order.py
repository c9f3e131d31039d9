"""An order that came in by a channel: made once, changed and cancelled as the buyer says while that is possible."""

from odoo import _, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import float_repr, plaintext2html

from ..backbone.record_link import open_form


class SaleOrder(models.Model):
    _inherit = "sale.order"

    logistics_channel_id = fields.Many2one(
        "logistics.channel", string="Channel", readonly=True, copy=False, index="btree_not_null", ondelete="restrict"
    )
    logistics_channel_ref = fields.Char(string="Buyer's Number", readonly=True, copy=False)
    logistics_intake_message_id = fields.Many2one(
        "logistics.inbox.message", string="Received Message", readonly=True, copy=False, ondelete="set null"
    )
    logistics_received = fields.Json(string="The Buyer's Order", readonly=True, copy=False)
    logistics_received_digest = fields.Char(readonly=True, copy=False)
    logistics_received_at = fields.Datetime(string="Said by the Buyer", readonly=True, copy=False)
    logistics_requested_service = fields.Char(string="Requested Service", readonly=True, copy=False)
    logistics_received_text = fields.Text(compute="_compute_logistics_received_text", string="Received Document")

    def init(self):
        super().init()
        self.env.cr.execute(
            "CREATE UNIQUE INDEX IF NOT EXISTS sale_order_logistics_channel_ref_uniq"
            " ON sale_order (logistics_channel_id, logistics_channel_ref) WHERE logistics_channel_id IS NOT NULL"
        )

    @api.depends("logistics_intake_message_id")
    def _compute_logistics_received_text(self):
        for order in self:
            # sudo: who sees the order sees what the buyer sent; the inbox itself is the administrators'
            order.logistics_received_text = order.sudo().logistics_intake_message_id.raw

    def action_logistics_received(self):
        """Open the message the order came in with."""
        self.ensure_one()
        if not self.logistics_intake_message_id:
            raise UserError(_("%(order)s did not come in by a message.", order=self.name))
        return open_form(self.logistics_intake_message_id)

    # -- taking it in -------------------------------------------------------------------------------------------

    @api.model
    def _logistics_create_received(self, message, channel, order, digest, plan):
        """The order of a buyer, as a draft, or confirmed where its channel confirms and nothing is open.

        :param message: the logistics.inbox.message
        :param dict order: the neutral order
        :param str digest: of it
        :param plan: the :class:`~.order_plan.Plan`, without misses
        """
        vals = {
            "partner_id": plan.partner.id,
            "company_id": channel.company_id.id,
            "pricelist_id": plan.pricelist.id,
            "client_order_ref": order["reference"],
            "origin": _("%(channel)s %(reference)s", channel=channel.name, reference=order["reference"]),
            "logistics_channel_id": channel.id,
            "logistics_channel_ref": order["reference"],
            "order_line": [(0, 0, line) for _said, line in plan.lines],
            **self._logistics_received_vals(message, order, digest, plan),
        }
        if channel.team_id:
            vals["team_id"] = channel.team_id.id
        if channel.warehouse_id:
            vals["warehouse_id"] = channel.warehouse_id.id
        if channel.user_id:
            vals["user_id"] = channel.user_id.id
        if order.get("notes"):
            vals["note"] = plaintext2html(order["notes"])
        made = self.with_company(channel.company_id).create(vals)
        carrier = self._logistics_carrier_of(order, made)
        if carrier:
            made.carrier_id = carrier
        made._logistics_check_buyer_prices()
        made._logistics_tell_received(message)
        made._logistics_confirm_received()
        return made

    @api.model
    def _logistics_received_vals(self, message, order, digest, plan):
        """What an order takes over from the message, new or changed."""
        vals = {
            "logistics_intake_message_id": message.id,
            "logistics_received": order,
            "logistics_received_digest": digest,
            "logistics_received_at": message.occurred_at or message.received_at,
            "logistics_requested_service": order.get("service"),
            "partner_shipping_id": plan.shipping.id,
            "partner_invoice_id": plan.invoice.id,
        }
        wanted = order.get("requested_on") and fields.Datetime.to_datetime(f"{order['requested_on']} 12:00:00")
        if wanted and wanted > fields.Datetime.now():
            vals["commitment_date"] = wanted
        return vals

    @api.model
    def _logistics_carrier_of(self, order, made):
        """The delivery method whose name the buyer wrote, where there is exactly one."""
        if not order.get("service"):
            return self.env["delivery.carrier"]
        found = self.env["delivery.carrier"].search(
            [("name", "=ilike", order["service"]), ("company_id", "in", [False, made.company_id.id])], limit=2
        )
        return found if len(found) == 1 else found.browse()

    def _logistics_check_buyer_prices(self):
        """Take the buyer's prices where they count and fit; what differs too much holds the order."""
        self.ensure_one()
        channel, wrong = self.logistics_channel_id, []
        for line in self.order_line.filtered("logistics_buyer_priced"):
            gap = line._logistics_price_gap()
            if gap > channel.price_tolerance:
                wrong.append(
                    _(
                        "%(product)s: the buyer says %(theirs)s, the price list %(ours)s",
                        product=line.product_id.display_name,
                        theirs=float_repr(line.logistics_buyer_price, 2),
                        ours=float_repr(line._logistics_list_price(), 2),
                    )
                )
            elif channel.price_policy == "buyer" and line.price_unit != line.logistics_buyer_price:
                line.write({"price_unit": line.logistics_buyer_price, "discount": 0.0})
        kind = self.env.ref("logistics_orchestration.hold_type_price", raise_if_not_found=False)
        standing = self.logistics_hold_ids.filtered(lambda hold: hold.state == "active" and hold.type_id == kind)
        if wrong and kind:
            self._logistics_place_hold(kind, "\n".join(wrong))
        elif wrong:
            self._logistics_activity(_("Prices differ"), "\n".join(wrong), user=channel.user_id)
        elif standing:
            standing._release(_("The prices agree now"), auto=True)
        return not wrong

    def _logistics_confirm_received(self):
        """Confirm where the channel does; what stands in the way is left to a person."""
        self.ensure_one()
        if not self.logistics_channel_id.auto_confirm or self.state not in ("draft", "sent"):
            return
        if self.logistics_hold_ids.filtered(lambda hold: hold.state == "active"):
            return
        try:
            with self.env.cr.savepoint():
                self.action_confirm()
        except UserError as error:
            summary = _("Could not be confirmed by itself")
            self._logistics_activity(summary, str(error), user=self.logistics_channel_id.user_id)

    def _logistics_tell_received(self, message):
        """The fact that a buyer ordered, changed or cancelled, with the receipt where the channel gives one."""
        self.ensure_one()
        said, channel = self.logistics_received, self.logistics_channel_id
        lines = {line.logistics_buyer_line: line for line in self.order_line if line.logistics_buyer_line}
        data = {
            "reference": said["reference"],
            "purpose": said["purpose"],
            "customer": self.partner_id.display_name,
            "channel": channel.code,
            "system": channel.system_id.code or "",
            "order": self.name,
            "lines": [
                {**line, "sku": lines[line["line"]].product_id.default_code or line.get("sku") or ""}
                for line in said["lines"]
                if line["line"] in lines
            ],
        }
        receipt = self._logistics_receipt(message)
        if receipt:
            data["document"] = receipt
        self._logistics_emit("logistics.order.received", data, source=message.system_id.code)

    def _logistics_receipt(self, message):
        """The functional acknowledgement for the group or interchange of a message, or None: not asked for."""
        group = ((message.data or {}).get("document") or {}).get("group")
        channel = self.logistics_channel_id
        if not group or not channel._gives_receipt(group):
            return None
        return self.env["logistics.channel.document"]._write_for(channel, "functional", group, self)

    def _logistics_tell_repeated(self, message):
        """The buyer sent again, in another interchange, what changes nothing: every interchange has its receipt.

        The order itself is not told again; where no receipt is due there is nothing to tell.
        """
        self.ensure_one()
        receipt = self._logistics_receipt(message)
        if not receipt:
            return
        data = {
            "reference": self.logistics_channel_ref,
            "order": self.name,
            "channel": self.logistics_channel_id.code,
            "system": self.logistics_channel_id.system_id.code or "",
            "document": receipt,
        }
        with self.env["logistics.event"]._business_call():
            self._logistics_emit("logistics.order.repeated", data, source=message.system_id.code)

    # -- said again ---------------------------------------------------------------------------------------------

    def _logistics_open_to_buyer(self):
        """Whether a change takes effect by itself: nothing was released, asked of a warehouse or shipped yet."""
        self.ensure_one()
        if self.state in ("draft", "sent"):
            return True
        return (
            self.state == "sale"
            and self.logistics_release_state not in ("released", "partial")
            and not self.logistics_fulfillment_ids
            and not self.picking_ids.filtered(lambda picking: picking.state == "done")
        )

    def _logistics_buyer_changes(self, message, order, digest, plan):
        """The buyer says it differently: applied while that is possible, else a planner's to decide."""
        self.ensure_one()
        words = self._logistics_differences(order)
        by_line = {line.logistics_buyer_line: line for line in self.order_line if line.logistics_buyer_line}
        vals = self._logistics_received_vals(message, order, digest, plan)
        if self._logistics_open_to_buyer():
            commands = []
            for said, line in plan.lines:
                known = by_line.pop(said["line"], None)
                commands.append((1, known.id, line) if known else (0, 0, line))
            for gone in by_line.values():
                draft = self.state in ("draft", "sent")
                commands.append((2, gone.id) if draft else (1, gone.id, {"product_uom_qty": 0.0}))
            self.write({**vals, "order_line": commands})
            self._logistics_check_buyer_prices()
            self.message_post(body=plaintext2html(_("Changed by the buyer:\n%(words)s", words=words)))
            self._logistics_tell_received(message)
            self._logistics_confirm_received()
            return
        # what the buyer wants now is kept beside what stands, so that the answer says where they differ
        kept = ("partner_shipping_id", "partner_invoice_id", "commitment_date")
        self.write({key: value for key, value in vals.items() if key not in kept})
        for said, line in plan.lines:
            if known := by_line.get(said["line"]):
                known.write({key: value for key, value in line.items() if key.startswith("logistics_buyer_")})
        self._logistics_planner_decides(_("The buyer changed %(order)s after release", order=self.name), words)
        self._logistics_tell_received(message)
        self._logistics_acknowledge()

    def _logistics_planner_decides(self, summary, words):
        self.message_post(body=plaintext2html(f"{summary}\n{words}"))
        self._logistics_activity(summary, plaintext2html(words), user=self.logistics_channel_id.user_id)

    def _logistics_differences(self, order):
        """What the buyer says otherwise than before, line by line, in words."""
        before = self.logistics_received or {}
        words = [
            _("%(what)s: %(old)s, now %(new)s", what=label, old=before.get(key) or "-", new=order.get(key) or "-")
            for key, label in (("requested_on", _("Requested date")), ("service", _("Service")), ("notes", _("Notes")))
            if before.get(key) != order.get(key)
        ]
        if before.get("ship_to") != order.get("ship_to"):
            place = order.get("ship_to") or {}
            words.append(_("Delivery address, now %(place)s", place=", ".join(place.values()) or "-"))
        old = {line["line"]: line for line in before.get("lines", ())}
        new = {line["line"]: line for line in order["lines"]}
        for number in dict.fromkeys([*old, *new]):
            was, now = old.get(number, {}), new.get(number, {})
            if was == now:
                continue
            words.append(
                _(
                    "Line %(line)s (%(code)s): %(old)s, now %(new)s",
                    line=number,
                    code=next(
                        (one[key] for one in (now, was) for key in ("sku", "gtin", "buyer_sku") if one.get(key)), ""
                    ),
                    old=self._logistics_words_of(was),
                    new=self._logistics_words_of(now),
                )
            )
        return "\n".join(words) or _("Nothing that matters here.")

    @api.model
    def _logistics_words_of(self, line):
        if not line:
            return _("not ordered")
        price = line.get("price_unit")
        said = f"{line['quantity']:g} {line.get('uom') or ''}".strip()
        return said if price is None else f"{said} @ {price:g}"
