from . import reason_wizard, secret_rotate, secret_show, shipment_milestone, system_pause, system_test
