"""What the paper prints, which of it cannot be right, and what it claims."""
