"""Report, document and published page: sentences stand in templates, numbers in files."""
