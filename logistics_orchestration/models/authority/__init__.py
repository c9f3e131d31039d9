from . import authority_rule
from . import statement
from . import discrepancy
from . import system_authority
