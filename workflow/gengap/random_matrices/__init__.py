"""Singular values of random matrices: the laws of the paper's appendix, how to sample them, and theory."""
