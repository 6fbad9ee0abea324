"""Tables, figures and the report, made from the files that the earlier stages wrote."""
