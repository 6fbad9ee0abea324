"""Published measurements: what may be added to them."""
