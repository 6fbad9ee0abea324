"""The minima that trained networks lie in: sharpness, curvature, and the line between two of them."""
