from . import adapters
from . import system
from . import status_map
from . import parcel
from . import inbox_message
from . import poll
from . import carrier_service
from . import carrier_account
