"""Matching an order's customer, addresses, products and units; what is not known is noted, never guessed."""

from odoo import _, models

from .order_plan import Plan

# codes of X12 (355) and UN/ECE Rec. 20 -> units of Odoo; anything else is mapped per channel
_UNITS = {
    "EA": "product_uom_unit", "PC": "product_uom_unit", "PCE": "product_uom_unit", "C62": "product_uom_unit",
    "H87": "product_uom_unit", "UN": "product_uom_unit", "ST": "product_uom_unit",
    "DZ": "product_uom_dozen", "DZN": "product_uom_dozen",
    "KG": "product_uom_kgm", "KGM": "product_uom_kgm", "GR": "product_uom_gram", "GRM": "product_uom_gram",
    "LB": "product_uom_lb", "LBR": "product_uom_lb", "OZ": "product_uom_oz", "ONZ": "product_uom_oz",
    "MR": "product_uom_meter", "MTR": "product_uom_meter", "CM": "product_uom_cm", "CMT": "product_uom_cm",
    "LT": "product_uom_litre", "LTR": "product_uom_litre",
}  # fmt: skip
_ADDRESS = ("street", "street2", "city", "zip", "phone", "email")


class ChannelMatch(models.Model):
    _inherit = "logistics.channel"

    def _match(self, order, partner=None):
        """What an order amounts to.

        :param dict order: a neutral order
        :param partner: the customer, where the order is known already
        :returns: a :class:`~.order_plan.Plan`; with misses it must not be carried out
        """
        self.ensure_one()
        plan = Plan()
        plan.partner = partner or self._match_customer(order, plan)
        if plan.partner:
            self._match_addresses(order, plan)
            self._match_pricelist(order, plan)
            for line in order["lines"]:
                self._match_line(line, plan)
        return plan

    # -- who ----------------------------------------------------------------------------------------------------

    def _match_customer(self, order, plan):
        buyer = order.get("buyer") or {}
        words = [buyer.get("code"), order.get("customer"), buyer.get("email"), buyer.get("vat"), buyer.get("name")]
        words = list(dict.fromkeys(word for word in words if word))
        mapped = self.env["logistics.channel.code"]._meaning(self, "customer", words).partner_id
        if mapped:
            return mapped
        for field, word in (
            ("ref", buyer.get("code")),
            ("ref", order.get("customer")),
            ("vat", buyer.get("vat")),
            ("email", buyer.get("email")),
            ("name", buyer.get("name")),
            ("name", order.get("customer")),
        ):
            found = self._partners(field, word)
            if len(found) == 1:
                return found
            if found:
                words_ = _("%(word)s: %(count)s contacts fit, one is needed.", word=word, count=len(found))
                plan.miss("customer", words[0], words_, buyer.get("name"))
                return self.env["res.partner"]
        if self.partner_id:
            return self.partner_id
        if self.customer_policy == "create" and (buyer.get("name") or buyer.get("email")):
            name = buyer.get("name") or buyer["email"]
            return self._create_partner(dict(buyer, name=name), type="contact", ref=buyer.get("code"))
        word = words[0] if words else ""
        plan.miss(
            "customer", word, _("Customer %(word)s is not known.", word=word or _("(none named)")), buyer.get("name")
        )
        return self.env["res.partner"]

    def _partners(self, field, word):
        """The customers whose ``field`` is ``word``; addresses below a company are not customers."""
        if not word:
            return self.env["res.partner"]
        domain = [
            (field, "=ilike" if field in ("email", "name") else "=", self._literal(field, word)),
            ("company_id", "in", [False, self.company_id.id]),
        ]
        return self.env["res.partner"].search([*domain, ("type", "=", "contact")], limit=20).commercial_partner_id

    @staticmethod
    def _literal(field, word):
        """A word as a pattern that means itself."""
        if field not in ("email", "name"):
            return word
        return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")

    def _create_partner(self, said, **more):
        country = self._country(said.get("country"))
        vals = {key: said[key] for key in ("name", *_ADDRESS) if said.get(key)}
        if said.get("state") and country:
            vals["state_id"] = country.state_ids.filtered(lambda state: state.code == said["state"].upper())[:1].id
        return self.env["res.partner"].create(
            {**vals, "country_id": country.id, "company_id": self.company_id.id, **{k: v for k, v in more.items() if v}}
        )

    def _country(self, word):
        """A country by its two letters, or by its name."""
        if not word:
            return self.env["res.country"]
        field = "code" if len(word) == 2 else "name"
        value = word.upper() if len(word) == 2 else self._literal("name", word)
        return self.env["res.country"].search([(field, "=" if len(word) == 2 else "=ilike", value)], limit=1)

    # -- where --------------------------------------------------------------------------------------------------

    def _match_addresses(self, order, plan):
        usual = plan.partner.address_get(["delivery", "invoice"])
        plan.shipping = self.env["res.partner"].browse(usual["delivery"])
        plan.invoice = self.env["res.partner"].browse(usual["invoice"])
        if said := order.get("ship_to"):
            plan.shipping = self._match_address(said, plan.partner, "delivery") or self._new_address(said, plan)
        if said := order.get("bill_to"):
            plan.invoice = self._match_address(said, plan.partner, "invoice") or plan.invoice

    def _match_address(self, said, partner, kind):
        """A known address: by mapped code, by reference, else the same street, place and name."""
        words = [word for word in (said.get("code"), self._address_key(said)) if word]
        mapped = self.env["logistics.channel.code"]._meaning(self, "address", words).partner_id
        if mapped:
            return mapped
        family = self.env["res.partner"].search([("id", "child_of", partner.commercial_partner_id.id)], order="id")
        if said.get("code") and (found := family.filtered(lambda one: one.ref == said["code"])):
            return found[:1]
        if not said.get("street"):
            return self.env["res.partner"]
        found = family.filtered(lambda one: self._same_place(one, said))
        return found.filtered(lambda one: one.type == kind)[:1] or found[:1]

    def _same_place(self, partner, said):
        def plain(word):
            return "".join(char for char in (word or "").casefold() if char.isalnum())

        country = self._country(said.get("country"))
        return (
            plain(partner.street) == plain(said.get("street"))
            and plain(partner.zip) == plain(said.get("zip"))
            and plain(partner.city) == plain(said.get("city"))
            and (not country or not partner.country_id or partner.country_id == country)
            and (not said.get("name") or plain(said["name"]) in (plain(partner.name), plain(partner.parent_id.name)))
        )

    @staticmethod
    def _address_key(said):
        """An address in one line, to be mapped where it has no code."""
        return ", ".join(said[key] for key in ("name", "street", "zip", "city", "country") if said.get(key))

    def _new_address(self, said, plan):
        """A delivery address of the customer, created where the channel may."""
        complete = said.get("street") and said.get("city") and self._country(said.get("country"))
        if self.address_policy == "create" and complete:
            return self._create_partner(
                dict(said, name=said.get("name") or plan.partner.name),
                type="delivery",
                parent_id=plan.partner.id,
                ref=said.get("code"),
            )
        key = said.get("code") or self._address_key(said)
        why = _("Delivery address %(address)s is not known.", address=self._address_key(said) or key)
        if self.address_policy == "create":
            why = _("Delivery address %(address)s lacks street, city or a known country.", address=key)
        plan.miss("address", key, why, self._address_key(said))
        return self.env["res.partner"]

    # -- for how much -------------------------------------------------------------------------------------------

    def _match_pricelist(self, order, plan):
        """The price list: the channel's, else the customer's, else any in the order's currency."""
        plan.pricelist = self.pricelist_id or plan.partner.property_product_pricelist
        currency = order.get("currency")
        ours = plan.pricelist.currency_id or self.company_id.currency_id
        if not currency or currency == ours.name:
            return
        plan.pricelist = self.env["product.pricelist"].search(
            [("currency_id.name", "=", currency), ("company_id", "in", [False, self.company_id.id])], limit=1
        )
        if not plan.pricelist:
            why = _("There is no price list in %(currency)s: make one, or set it on the channel.", currency=currency)
            plan.miss("price_list", currency, why)

    # -- what ---------------------------------------------------------------------------------------------------

    def _match_line(self, line, plan):
        """One line as values of an order line; a case's barcode counts its pieces."""
        product, packaging = self._match_product(line, plan)
        if not product:
            return
        unit = self._match_unit(line, product, plan)
        if not unit:
            return
        per = packaging.qty or 1.0
        vals = {"product_id": product.id, "product_uom_qty": line["quantity"] * per, "product_uom": unit.id}
        if packaging:
            vals["product_uom"] = product.uom_id.id
        vals.update(
            logistics_buyer_line=line["line"],
            logistics_buyer_sku=line.get("buyer_sku") or line.get("sku") or line.get("gtin"),
            logistics_buyer_quantity=line["quantity"] * per,
            logistics_buyer_price=line.get("price_unit", 0.0) / per,
            logistics_buyer_priced="price_unit" in line,
        )
        plan.lines.append((line, vals))

    def _match_product(self, line, plan):
        """(product, packaging) of a line; empty records where it is not known, which is noted."""
        products, packagings = self.env["product.product"], self.env["product.packaging"]
        codes = [line[key] for key in ("buyer_sku", "sku", "gtin") if line.get(key)]
        mapped = self.env["logistics.product.code"]._product(plan.partner, codes)
        if mapped:
            return mapped, packagings
        company = [("company_id", "in", [False, self.company_id.id])]
        packaging = packagings
        if line.get("gtin") and self.product_match in ("all", "barcode"):
            forms = self._gtin_forms(line["gtin"])
            products |= products.search([("barcode", "in", forms), ("sale_ok", "=", True), *company])
            if not products:
                packaging = packagings.search([("barcode", "in", forms), *company], limit=1)
                products |= packaging.product_id
        if line.get("sku") and self.product_match in ("all", "sku"):
            products |= products.search([("default_code", "=", line["sku"]), ("sale_ok", "=", True), *company])
        if len(products) == 1:
            return products, packaging
        label = line.get("description") or ""
        word = ", ".join(codes)
        if products:
            names = ", ".join(products.mapped("display_name"))
            why = _(
                "Line %(line)s: %(word)s fits several products (%(names)s).", line=line["line"], word=word, names=names
            )
        else:
            why = _("Line %(line)s: product %(word)s is not known.", line=line["line"], word=word)
        plan.miss("product", codes[0], why, label)
        return self.env["product.product"], packagings

    @staticmethod
    def _gtin_forms(gtin):
        """The same number as GTIN-8, -12, -13 and -14: leading zeros are written or not."""
        bare = gtin.lstrip("0")
        return list({gtin, *(bare.zfill(length) for length in (8, 12, 13, 14) if len(bare) <= length)})

    def _match_unit(self, line, product, plan):
        """The unit a line is ordered in: the product's where none is named."""
        code = line.get("uom")
        if not code:
            return product.uom_id
        units = self.env["uom.uom"]
        unit = self.env["logistics.channel.code"]._meaning(self, "unit", [code]).uom_id
        if not unit and code.upper() in _UNITS:
            unit = self.env.ref(f"uom.{_UNITS[code.upper()]}", raise_if_not_found=False) or units
        unit = unit or units.search([("name", "=ilike", self._literal("name", code))], limit=1)
        if not unit:
            plan.miss("unit", code, _("Line %(line)s: unit %(code)s is not known.", line=line["line"], code=code))
        elif unit.category_id != product.uom_id.category_id:
            words = _(
                "Line %(line)s: %(product)s is not counted in %(unit)s.",
                line=line["line"],
                product=product.display_name,
                unit=unit.name,
            )
            plan.miss("unit", code, words)
            return units
        return unit
