"""What every job needs besides its science: files, locks, devices, provenance, the hash of its code."""
