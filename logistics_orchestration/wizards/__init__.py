from . import reason_wizard
from . import secret_rotate
from . import secret_show
from . import shipment_milestone
from . import status_map_replay
from . import system_pause
from . import system_test
