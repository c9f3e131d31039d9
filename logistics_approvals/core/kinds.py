"""Which documents each kind of decision can be about (technical model names)."""

DELIVERIES = ("sale.order", "stock.picking", "logistics.shipment")
SUBJECTS = {
    "expedite": DELIVERIES,
    "carrier_change": DELIVERIES,
    "emergency_procurement": ("purchase.order",),
    "inventory_override": ("stock.quant",),
    "shipment_hold": ("logistics.hold",),
    "credit_release": ("logistics.hold",),
    "split_shipment": ("sale.order",),
    "billing_waiver": ("account.move",),
}
