"""The networks, one module each, and what they are built of."""
