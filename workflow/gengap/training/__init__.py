"""Training: the recipe of section 5.2 of the paper, its treatments, and what is measured on the way."""
