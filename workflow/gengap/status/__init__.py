"""What is done, running, waiting and failed: `python -m gengap.status`."""
