"""Which documents each kind of decision can be about (technical model names)."""

DELIVERIES = ("sale.order", "stock.picking", "logistics.shipment")
OPTION = "logistics.shortage.option"
SUBJECTS = {
    "expedite": (*DELIVERIES, OPTION),
    "carrier_change": DELIVERIES,
    "emergency_procurement": ("purchase.order", OPTION),
    "inventory_override": ("stock.quant",),
    "shipment_hold": ("logistics.hold",),
    "credit_release": ("logistics.hold",),
    "split_shipment": ("sale.order",),
    "billing_waiver": ("account.move",),
}
