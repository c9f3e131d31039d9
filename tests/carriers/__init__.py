"""The carrier adapters, without a database, against a real carrier simulator on a real socket."""
