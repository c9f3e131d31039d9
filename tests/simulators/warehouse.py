"""A warehouse management system: takes shipping requests, picks, packs, and says so."""

from .base import Simulator
from .faults import ControlError
from .journal import now_text

_OPEN = ("asked", "accepted")


class Warehouse(Simulator):
    """See the module's text. Settings beside the common ones:

    `auto` answers each request (`accept_delay_s` later) and confirms the pick (`pick_delay_s` after that);
    `policy` is accept or reject; `cancel_policy` is let_go or refuse, for what was asked to be cancelled; `short` {sku:
    picked at most, per request}; `weight_kg` per unit; `packages` how many packages a request is packed in at most;
    `stock` {sku: quantity} is what `/_act balance` reports.

    It is naive on purpose: a second request for the same work counts as asked twice ("asked" in `GET /_state`).
    """

    kind = "warehouse"
    SETTINGS = {
        "accept_delay_s": 0.1,
        "pick_delay_s": 0.3,
        "policy": "accept",
        "reject_reason": "Capacity for the day is used up",
        "cancel_policy": "let_go",
        "short": {},
        "weight_kg": 4.5,
        "packages": 1,
        "stock": {},
    }

    def clear_records(self):
        self.requests = {}

    def records(self):
        return {"requests": self.requests}

    # -- listening -----------------------------------------------------------------------------------------------

    def on_fulfillment_requested(self, data, cause):
        """Somebody wants goods shipped."""
        request = self.requests.setdefault(data["fulfillment"], {"state": "asked", "asked": 0, "said": []})
        request["asked"] += 1
        request.update(data=data, cause=cause)
        if self.config["auto"]:
            self.later(self.config["accept_delay_s"], self._answer, data["fulfillment"])

    def on_fulfillment_cancel_requested(self, data, cause):
        """Somebody takes a request back: possible until it is picked."""
        request = self.requests.setdefault(data["fulfillment"], {"state": "unknown", "asked": 0, "said": []})
        request["cancel_asked"] = request.get("cancel_asked", 0) + 1
        request["cancel_reason"] = data.get("reason") or ""
        if self.config["cancel_policy"] == "refuse" and request["asked"]:
            self._say(data["fulfillment"], "fulfillment.cancel_rejected", {"reason": "On the lorry already"})
            return
        if request["state"] in (*_OPEN, "unknown"):
            request["state"] = "cancelled"
            if self.config["auto"] and request["asked"]:
                self._say(
                    data["fulfillment"],
                    "fulfillment.rejected",
                    {"reason": "Cancelled as requested", "code": "cancelled"},
                )

    def _answer(self, name):
        with self.lock:
            if self.requests[name]["state"] != "asked":
                return
            if self.config["policy"] == "reject":
                self._reject(name, self.config["reject_reason"])
                return
            self._accept(name)
        self.later(self.config["pick_delay_s"], self._pick_when_open, name)

    def _pick_when_open(self, name):
        with self.lock:
            if self.requests[name]["state"] in _OPEN:
                self._pick(name, self.config["short"])

    # -- speaking ------------------------------------------------------------------------------------------------

    def _say(self, name, type_name, data):
        request = self.requests[name]
        request["said"].append(type_name)
        return self.push(type_name, {"fulfillment": name, **data}, cause=request.get("cause"), subject=name)

    def _accept(self, name, **data):
        self.requests[name]["state"] = "accepted"
        return [self._say(name, "fulfillment.accepted", data)]

    def _reject(self, name, reason, code="capacity"):
        self.requests[name]["state"] = "rejected"
        return [self._say(name, "fulfillment.rejected", {"reason": reason, "code": code})]

    def _pick(self, name, short=None, packages=None, quantities=None):
        """Say what was picked: all that was asked, at most `short` of a sku, or just `quantities` (the rest of it)."""
        request = self.requests[name]
        lines = []
        left = dict(short or {})
        for line in request["data"]["lines"]:
            ordered = float(line["quantity"])
            picked = ordered
            if quantities is not None:
                ordered = picked = float(quantities.get(line["sku"], 0))
            elif line["sku"] in left:
                picked = min(ordered, float(left[line["sku"]]))
                left[line["sku"]] = float(left[line["sku"]]) - picked
            row = {"line": line["line"], "sku": line["sku"], "ordered": ordered, "picked": picked}
            if picked < ordered:
                row["reason"] = "Not found at the location"
            if ordered:
                lines.append(row)
        is_short = any(row["picked"] < row["ordered"] for row in lines)
        request["state"] = "short" if is_short else "picked"
        done = [{"line": row["line"], "sku": row["sku"], "quantity": row["picked"]} for row in lines if row["picked"]]
        packed = self._pack(name, done, packages or self.config["packages"])
        request["parcels"] = request.get("parcels", 0) + len(packed)
        if is_short:
            return [self._say(name, "picking.short", {"lines": lines, "packages": packed})]
        return [self._say(name, "picking.completed", {"completed_at": now_text(), "lines": done, "packages": packed})]

    def _pack(self, name, lines, count):
        """Spread whole units over at most `count` packages, line by line."""
        boxes = [[] for _ in range(max(1, count))]
        for line in lines:
            left = line["quantity"]
            share = max(1.0, left // len(boxes))
            for number, box in enumerate(boxes):
                part = left if number == len(boxes) - 1 else min(share, left)
                if part > 0:
                    box.append({**line, "quantity": part})
                    left -= part
        serial, before = name.rpartition("/")[2], self.requests[name].get("parcels", 0)
        return [
            {
                "reference": f"PKG-{serial}-{number}",
                "weight_kg": round(sum(row["quantity"] for row in box) * self.config["weight_kg"], 3),
                "length_cm": 60,
                "width_cm": 40,
                "height_cm": 35,
                "lines": box,
            }
            for number, box in enumerate((box for box in boxes if box), before + 1)
        ]

    # -- acts ----------------------------------------------------------------------------------------------------

    def _name(self, body):
        name = str(body.get("fulfillment") or "")
        if name not in self.requests or not self.requests[name]["asked"]:
            known = ", ".join(self.requests) or "none"
            raise ControlError(f'"fulfillment" is {name!r}: not asked here. Asked: {known}.')
        return name

    def act_accept(self, body):
        """Accept "fulfillment"; "expected_ship_at" as wanted."""
        with self.lock:
            more = {"expected_ship_at": body["expected_ship_at"]} if body.get("expected_ship_at") else {}
            return self._accept(self._name(body), **more)

    def act_reject(self, body):
        """Reject "fulfillment" with "reason" and "code"."""
        with self.lock:
            reason = str(body.get("reason") or self.config["reject_reason"])
            return self._reject(self._name(body), reason, str(body.get("code") or "capacity"))

    def act_pick(self, body):
        """Confirm the pick of "fulfillment".

        "short" {sku: picked at most}, "quantities" {sku: picked just now} for the rest of it, "packages" how many.
        """
        with self.lock:
            return self._pick(self._name(body), body.get("short"), body.get("packages"), body.get("quantities"))

    def act_balance(self, body):
        """Report balances of "warehouse": "stock" {sku: quantity}, else the setting of that name."""
        stock = body.get("stock") or self.config["stock"]
        data = {
            "warehouse": str(body.get("warehouse") or "WH"),
            "balances": [{"sku": sku, "quantity": quantity} for sku, quantity in stock.items()],
            "as_of": now_text(),
        }
        return [self.push("stock.balance_reported", data, subject=data["warehouse"])]
