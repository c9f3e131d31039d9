from . import switch
from . import observation
from . import source
from . import event_task
from . import base_automation
from . import ir_actions_server
from . import sale_order_flow
from . import res_config_settings
