"""Numbers from numbers: tables in, tables out; no words and no plots."""
