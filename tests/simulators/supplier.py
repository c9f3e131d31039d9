"""A supplier: receives purchase orders and promises dates."""

from datetime import datetime, timedelta, timezone

from .base import Simulator
from .faults import ControlError


class Supplier(Simulator):
    """See the module's text. `auto` acknowledges each purchase `answer_delay_s` later; `late_days` shifts promises."""

    kind = "supplier"
    SETTINGS = {"answer_delay_s": 0.2, "late_days": 0.0}

    def clear_records(self):
        self.purchases = {}

    def records(self):
        return {"purchases": self.purchases}

    def on_purchase_requested(self, data, cause):
        """Somebody buys."""
        purchase = self.purchases.setdefault(data["purchase"], {"state": "open", "asked": 0})
        purchase["asked"] += 1
        purchase.update(data=data, cause=cause)
        if self.config["auto"]:
            self.later(self.config["answer_delay_s"], self._answer, data["purchase"])

    def _answer(self, name):
        with self.lock:
            if self.purchases[name]["state"] == "open":
                self._acknowledge(name, {})

    def _acknowledge(self, name, body):
        purchase = self.purchases[name]
        purchase["state"] = "acknowledged"
        shift = timedelta(days=float(body.get("late_days", self.config["late_days"])))
        limits = body.get("quantities") or {}
        lines = []
        for line in purchase["data"]["lines"]:
            promised = _time(line.get("planned_at")) + shift
            row = {"line": line["line"], "sku": line["sku"], "quantity": limits.get(line["sku"], line["quantity"])}
            lines.append({**row, "promised_at": promised.isoformat().replace("+00:00", "Z")})
        data = {"purchase": name, "lines": lines}
        return self.push("purchase.acknowledged", data, cause=purchase["cause"], subject=name)

    def act_acknowledge(self, body):
        """Acknowledge "purchase": "late_days" later than asked, "quantities" {sku: promised}."""
        with self.lock:
            name = str(body.get("purchase") or "")
            if name not in self.purchases:
                known = ", ".join(self.purchases) or "none"
                raise ControlError(f'"purchase" is {name!r}: not received here. Received: {known}.')
            return [self._acknowledge(name, body)]


def _time(text):
    """A date or time as Odoo sends it; in a week when it named none."""
    if not text:
        return datetime.now(timezone.utc) + timedelta(days=7)
    at = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return at if at.tzinfo else at.replace(tzinfo=timezone.utc)
