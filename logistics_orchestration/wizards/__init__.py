from . import reason_wizard, secret_show, shipment_milestone, status_map_replay
