# The order matters: a capability builds on those above it.
from . import account
from . import booking
from . import rating
from . import handover
from . import instruction
from . import quote
from . import tracking
