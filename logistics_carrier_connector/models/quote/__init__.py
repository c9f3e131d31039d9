# The order matters: a file builds on those above it.
from . import res_company
from . import res_config_settings
from . import order_rating
from . import order_offer
from . import sale_order
from . import release_gate_rates
from . import release_gate_promise
from . import release_recheck
