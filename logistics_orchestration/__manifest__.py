{
    "name": "Logistics Orchestration",
    "summary": "Events, outbox, inbox; order release, shipment, proof of delivery, billing, replenishment",
    "version": "17.0.1.0.0",
    "category": "Inventory/Logistics",
    "author": "Logistics Orchestration contributors",
    "website": "https://github.com/logistics-orchestration/logistics-orchestration",
    "license": "LGPL-3",
    "application": True,
    "uninstall_hook": "uninstall_hook",
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
        # what our roles read of Odoo's own documents
        "security/documents/ir.model.access.csv",
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
        "security/balance/ir.model.access.csv",
        "security/balance/rules.xml",
        "security/tower/ir.model.access.csv",
        # menus before the views that hang items below them
        "views/menu.xml",
        # data: backbone
        "data/backbone/event_types.xml",
        "data/backbone/crons.xml",
        "data/backbone/authority.xml",
        "data/backbone/relay_cron.xml",
        # data: automation
        # data: release
        "data/release/sequences.xml",
        "data/release/event_types.xml",
        "data/release/hold_types.xml",
        "data/release/gates.xml",
        "data/release/rules.xml",
        "data/release/crons.xml",
        # data: shipment
        "data/shipment/sequences.xml",
        "data/shipment/event_types.xml",
        "data/shipment/status_map.xml",
        "data/shipment/rules.xml",
        # data: billing
        "data/billing/sequences.xml",
        "data/billing/event_types.xml",
        "data/billing/rules.xml",
        # data: replenishment
        "data/replenishment/sequences.xml",
        "data/replenishment/event_types.xml",
        "data/replenishment/crons.xml",
        # data: balance
        "data/balance/crons.xml",
        # views: backbone
        "views/backbone/system_views.xml",
        "views/backbone/system_inbox_views.xml",
        "views/backbone/event_type_views.xml",
        "views/backbone/event_views.xml",
        "views/backbone/inbox_message_views.xml",
        "views/backbone/authority_views.xml",
        "views/backbone/poll_views.xml",
        "views/backbone/feed_watch_views.xml",
        "views/backbone/outbox_attempt_views.xml",
        "views/backbone/outbox_message_views.xml",
        "views/backbone/subscription_views.xml",
        # views: automation
        "views/automation/switch_views.xml",
        "views/automation/observation_views.xml",
        "views/automation/event_task_views.xml",
        "views/automation/base_automation_views.xml",
        "views/automation/sale_order_flow_views.xml",
        "views/automation/res_config_settings_views.xml",
        # views: release
        "views/release/logistics_hold_type_views.xml",
        "views/release/logistics_release_gate_views.xml",
        "views/release/logistics_hold_views.xml",
        "views/release/logistics_release_evaluation_views.xml",
        "views/release/logistics_fulfillment_views.xml",
        "views/release/sale_order_views.xml",
        "views/release/stock_views.xml",
        "views/release/res_config_settings_views.xml",
        # views: shipment
        "views/shipment/logistics_shipment_views.xml",
        "views/shipment/logistics_parcel_views.xml",
        "views/shipment/logistics_pod_views.xml",
        "views/shipment/logistics_status_map_views.xml",
        "views/shipment/status_map_replay_views.xml",
        "views/shipment/stock_picking_views.xml",
        "views/shipment/milestone_wizard_views.xml",
        "data/shipment/tiles.xml",
        # views: billing
        "views/billing/account_move_views.xml",
        "views/billing/logistics_dispute_views.xml",
        "data/billing/tiles.xml",
        # views: replenishment
        "views/replenishment/logistics_shortage_views.xml",
        "views/replenishment/logistics_supplier_promise_views.xml",
        "views/replenishment/purchase_order_views.xml",
        "views/replenishment/stock_warehouse_orderpoint_views.xml",
        # views: balance
        "views/balance/balance_views.xml",
        # views: tower, and the tiles of each capability
        "views/tower/tile_views.xml",
        "data/backbone/tiles.xml",
        "data/release/tiles.xml",
        "data/replenishment/tiles.xml",
        # wizards
        "views/wizards/wizard_views.xml",
    ],
    "demo": ["demo/story.xml"],
    "assets": {
        "web.assets_backend": [
            "logistics_orchestration/static/src/**/*",
        ],
        "web.assets_tests": [
            "logistics_orchestration/static/tests/tours/**/*",
        ],
    },
}
