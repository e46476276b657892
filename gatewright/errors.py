"""The one exception that a user may see, and its silent twin."""


class GatewrightError(Exception):
    """Something outside the program is wrong: a file, an option, a tool, a board.

    The message is one sentence that says what is wrong, with the value, and the remedy. The command
    line prints it without a traceback and exits with status 1.
    """


class SilencedError(GatewrightError):
    """This process ends because another one of the same run has failed or was interrupted, which tells why."""
