{
    "name": "Logistics Bench",
    "summary": "The same webhook made by OCA queue_job, and the record Odoo's own webhook action is run on",
    "version": "17.0.1.0.0",
    "license": "LGPL-3",
    "author": "Logistics Orchestration",
    "depends": ["queue_job", "base_automation"],
    "data": ["security/ir.model.access.csv"],
    "installable": True,
}
