# The order matters: a capability builds on those above it.
from . import backbone
from . import event
from . import system
from . import outbox
from . import inbox
from . import authority
from . import watch
from . import automation
from . import release
from . import shipment
from . import billing
from . import replenishment
from . import receipt
from . import balance
from . import tower
