"""The networks of the paper, one module each, and what they are built of."""
