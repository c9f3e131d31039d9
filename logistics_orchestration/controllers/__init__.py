from . import catalogue
from . import feed
from . import health
from . import inbox
from . import supplier
