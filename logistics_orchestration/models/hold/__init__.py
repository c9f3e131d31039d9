from . import (
    event,
    hold,
    hold_condition,
    hold_effects,
    hold_error,
    hold_split,
    hold_lift,
    hold_lift_line,
    hold_type,
    hold_type_split,
)
