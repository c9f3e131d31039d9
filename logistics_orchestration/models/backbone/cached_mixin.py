"""Configuration that is read from the registry's cache: any change of it empties the cache, in every worker."""

from odoo import api, models


class CachedMixin(models.AbstractModel):
    _name = "logistics.cached.mixin"
    _description = "Cached Configuration"

    @api.model_create_multi
    def create(self, vals_list):
        self.env.registry.clear_cache()
        return super().create(vals_list)

    def write(self, vals):
        self.env.registry.clear_cache()
        return super().write(vals)

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()
