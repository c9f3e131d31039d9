from . import (
    base_automation,
    event_task,
    ir_actions_server,
    mass_action,
    mass_action_line,
    observation,
    res_config_settings,
    sale_order_flow,
    source,
    switch,
    system_source,
)
