"""A relay as a process of its own, without Odoo: settings from the environment, graceful end on SIGTERM."""

import logging
import os
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "logistics_orchestration"))

import psycopg2
from relay.loop import Relay
from relay.secretbox import SecretBox


def main():
    logging.basicConfig(level=os.environ.get("RELAY_LOG", "WARNING"), format="%(process)d %(levelname)s %(message)s")
    relay = Relay(
        lambda: psycopg2.connect(os.environ["RELAY_DSN"]),
        SecretBox(os.environ["RELAY_KEY"]),
        threads=int(os.environ["RELAY_THREADS"]),
    )
    signal.signal(signal.SIGTERM, relay.stop)
    signal.signal(signal.SIGINT, relay.stop)
    relay.run()


if __name__ == "__main__":
    main()
