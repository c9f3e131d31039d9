from . import reason_wizard, secret_rotate, secret_show, shipment_milestone, status_map_replay, system_pause, system_test
