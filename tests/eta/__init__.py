"""Our own expected arrival, without a database."""
