from . import catalogue
from . import inbox
