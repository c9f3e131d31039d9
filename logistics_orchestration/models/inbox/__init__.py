from . import event_type_inbox
from . import system_inbox
from . import refusal
from . import inbox_message
from . import inbox_receive
from . import inbox_worker
from . import poll
from . import feed_watch
