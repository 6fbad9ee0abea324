"""The numbers of the reference run: taken from finished results, kept small, and rebuilt into tables and figures."""
