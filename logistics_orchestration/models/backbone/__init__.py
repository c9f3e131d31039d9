from . import audit_mixin
from . import cached_mixin
from . import work_item
from . import secret_mixin
from . import retention
