from . import reason_wizard
from . import secret_show
