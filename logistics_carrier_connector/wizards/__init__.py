from . import hand_wizard, hand_wizard_line, instruction_wizard
