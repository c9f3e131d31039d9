from . import balance_report
from . import balance_line
from . import balance_stock
from . import discrepancy
from . import discrepancy_adjust
from . import inbox_message
from . import stock_quant
