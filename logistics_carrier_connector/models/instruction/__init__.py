# The order matters: a file builds on those above it.
from . import res_company
from . import res_config_settings
from . import carrier_instruction
from . import carrier_instruction_work
from . import carrier_instruction_actions
from . import shipment
