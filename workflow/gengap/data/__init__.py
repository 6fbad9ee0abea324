"""Data sets: where they come from, how they are checked, and the one file format that training reads."""
