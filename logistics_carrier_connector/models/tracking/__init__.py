from . import adapters
from . import system
from . import status_map
from . import parcel
from . import inbox_message
