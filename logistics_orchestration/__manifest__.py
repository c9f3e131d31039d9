{
    "name": "Logistics Orchestration",
    "summary": "Events, outbox, inbox and the core flows: order release, shipment, proof of delivery, billing, replenishment",
    "version": "17.0.1.0.0",
    "category": "Inventory/Logistics",
    "author": "Logistics Orchestration contributors",
    "website": "https://github.com/logistics-orchestration/logistics-orchestration",
    "license": "LGPL-3",
    "application": True,
    "depends": [
        "base_automation",
        "sale_management",
        "sale_stock",
        "purchase_stock",
        "stock_delivery",
    ],
    "external_dependencies": {"python": ["fastjsonschema", "cryptography"]},
    "data": [
        # security first
        "security/groups.xml",
        "security/backbone/ir.model.access.csv",
        "security/backbone/rules.xml",
        "security/automation/ir.model.access.csv",
        "security/automation/rules.xml",
        "security/release/ir.model.access.csv",
        "security/release/rules.xml",
        "security/shipment/ir.model.access.csv",
        "security/shipment/rules.xml",
        "security/billing/ir.model.access.csv",
        "security/billing/rules.xml",
        "security/replenishment/ir.model.access.csv",
        "security/replenishment/rules.xml",
        "security/tower/ir.model.access.csv",
        # menus before the views that hang items below them
        "views/menu.xml",
        # data: backbone
        "data/backbone/crons.xml",
        # data: automation
        # data: release
        # data: shipment
        # data: billing
        # data: replenishment
        "data/replenishment/sequences.xml",
        "data/replenishment/event_types.xml",
        "data/replenishment/crons.xml",
        # views: backbone
        "views/backbone/system_views.xml",
        "views/backbone/event_type_views.xml",
        "views/backbone/event_views.xml",
        "views/backbone/inbox_message_views.xml",
        "views/backbone/authority_views.xml",
        # views: automation
        "views/automation/switch_views.xml",
        "views/automation/observation_views.xml",
        "views/automation/event_task_views.xml",
        "views/automation/base_automation_views.xml",
        "views/automation/sale_order_flow_views.xml",
        "views/automation/res_config_settings_views.xml",
        # views: release
        # views: shipment
        # views: billing
        # views: replenishment
        "views/replenishment/logistics_shortage_views.xml",
        "views/replenishment/logistics_supplier_promise_views.xml",
        "views/replenishment/purchase_order_views.xml",
        "views/replenishment/stock_warehouse_orderpoint_views.xml",
        # views: tower
        "views/tower/tile_views.xml",
        # data: tower
        "data/tower/tiles.xml",
        # wizards
        "views/wizards/wizard_views.xml",
    ],
    "demo": [],
    "assets": {
        "web.assets_backend": [
            "logistics_orchestration/static/src/**/*",
        ],
        "web.assets_tests": [
            "logistics_orchestration/static/tests/tours/**/*",
        ],
    },
}
