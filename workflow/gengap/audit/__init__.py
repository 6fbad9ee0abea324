"""Controls of near-rank loss that the paper does not have, and its claims beside what was measured."""
