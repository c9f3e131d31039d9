"""Set-up and tooling of the logistics suite: what the Makefile's targets run."""
