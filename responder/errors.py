"""Errors by what happens next: the user must fix it, try later, refused for good; anything else is a bug.

A message says what, where and what to do. Library errors are translated at the module that owns the library.
"""

from __future__ import annotations

import traceback
from pathlib import Path


class UserError(Exception):
    """The user must fix something; carries every problem found, each a sentence with place and remedy. Exit 2."""

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class LoginRefused(UserError):  # noqa: N818  named by what happened, as its neighbours are
    """The server refused the credentials; the account backs off and then stops. Never raised for a locked keyring."""


class TryLater(Exception):  # noqa: N818  named by what happens next, not by what it is
    """A passing trouble (network, server, locked keyring, full disk): the same thing is tried again later. Exit 1."""


class Refused(Exception):  # noqa: N818  named by what happens next
    """The other side said no for good to this one act (a NO to APPEND, a 5xx): recorded and not tried again."""


class OutcomeUnknown(Exception):  # noqa: N818  named by what happens next
    """An act that cannot be taken back may or may not have happened: never tried again by itself."""


def trace(error: BaseException) -> str:
    """An error for the log: its kind and where it came from, innermost last; never its words, which may quote a mail or a secret."""
    frames = [f"{Path(frame.filename).name}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)[-6:]]
    return f"{type(error).__name__} at {' > '.join(frames) or 'an unknown place'}"
