"""Singular values of activation tensors, the ranks that shapes allow, and counts of near-zero values."""
