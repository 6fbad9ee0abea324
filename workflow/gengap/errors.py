"""The one exception that is meant for the person at the keyboard."""


class UserError(Exception):
    """A problem that the user can mend: one sentence on what is wrong, where, and what to do."""
