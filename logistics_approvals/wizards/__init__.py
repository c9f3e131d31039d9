from . import approval_answer, approval_ask
