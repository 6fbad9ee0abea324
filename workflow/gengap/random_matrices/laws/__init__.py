"""Laws of the matrix entries, one module each; what such a module holds is `gengap.random_matrices.law.Law`."""
