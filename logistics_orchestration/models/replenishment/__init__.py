from . import (
    inbox_message,
    orderpoint,
    purchase_order,
    purchase_order_line,
    shortage,
    shortage_follow,
    stock_move,
    supplier_promise,
    system,
)
