from . import (
    inbox_message,
    orderpoint,
    purchase_order,
    purchase_order_line,
    purchase_statement,
    shortage,
    shortage_follow,
    stock_move,
    supplier_promise,
    system,
)
