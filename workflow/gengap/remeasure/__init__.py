"""What is measured on trained networks that are fed again: other precisions of the forward pass, and Proposition 3."""
