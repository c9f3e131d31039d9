from . import logistics_relay
