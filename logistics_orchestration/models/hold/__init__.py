from . import (
    event,
    hold,
    hold_condition,
    hold_effects,
    hold_error,
    hold_split,
    hold_type,
    hold_type_split,
    mass_action,
)
