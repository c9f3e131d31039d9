from . import event_type
from . import event_type_intent
from . import event
from . import event_emission
from . import event_handlers
from . import event_flow
