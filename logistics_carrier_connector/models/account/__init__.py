# The order matters: a file builds on those above it.
from . import carrier_account
from . import carrier_account_health
from . import carrier_account_credentials
from . import carrier_credential
from . import carrier_service
from . import delivery_carrier
from . import delivery_carrier_switch
from . import source
