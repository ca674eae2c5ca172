"""Questions on the terminal, or answers from options: one at a time, 80 columns, with a default where there is a sensible one."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from responder.cli.output import printable, say, wrapped
from responder.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class Left(Exception):  # noqa: N818  the user has left, which is no error
    """The input has ended, or Ctrl-C was pressed."""


class Asker:
    """Asks; what an option has answered is not asked, and without a terminal to ask on, defaults and options must do."""

    def __init__(self, options: Mapping[str, Any], *, interactive: bool) -> None:
        self._options = options
        self.interactive = interactive
        self.questions = 0

    def given(self, key: str) -> Any:
        """What the option --KEY says; None where it was not given."""
        return self._options.get(key)

    def text(self, key: str, question: str, default: str = "", fits: Callable[[str], str | None] | None = None) -> str:
        """One line; `fits` gives a sentence on what is wrong with an answer, or None."""
        given = self.given(key) or ("" if self.interactive else default)
        if given:
            if fits and (problem := fits(str(given))):
                raise UserError(f"--{_option(key)}: {problem}")
            return str(given)
        if not self.interactive:
            raise UserError(f"--{_option(key)} is needed. {question}?")
        while True:
            answer = self._line(f"{question}{f' [{default}]' if default else ''}: ") or default
            problem = fits(answer) if fits else None if answer else "Something is needed here."
            if problem is None:
                return answer
            say(wrapped(problem, "  "))

    def yes(self, key: str, question: str, *, default: bool) -> bool:
        """Yes or no."""
        given = self.given(key)
        if given is not None or not self.interactive:
            return default if given is None else bool(given)
        while True:
            answer = self._line(f"{question} [{'Y/n' if default else 'y/N'}] ").casefold()
            if answer in ("", "y", "yes", "n", "no"):
                return answer[0] == "y" if answer else default
            say("  Please answer y or n; Enter takes the one in capitals.")

    def one_of(self, key: str, question: str, words: tuple[str, ...]) -> str:
        """One of the words; the first is the default."""
        if self.given(key) is not None or not self.interactive:
            return str(self.given(key) or words[0])
        while True:
            answer = self._line(f"{question} [{'/'.join(words)}] ({words[0]}) ").casefold() or words[0]
            found = [word for word in words if word.startswith(answer)]
            if len(found) == 1:
                return found[0]
            say(f"  Please answer {' or '.join(words)}; Enter takes {words[0]}.")

    def hidden(self, question: str) -> str:
        """A secret, not shown; from the first line of standard input where nobody is to be asked."""
        if not self.interactive:
            return sys.stdin.readline().rstrip("\r\n")
        from getpass import getpass

        self.questions += 1
        return self._read(lambda: getpass(printable(f"{question}: ")))

    def pause(self, words: str) -> None:
        """Until Enter is pressed."""
        if self.interactive:
            self._read(lambda: input(wrapped(words, "") + " "))

    def _line(self, prompt: str) -> str:
        self.questions += 1
        *above, last = wrapped(prompt, "").splitlines() or [""]
        for line in above:
            say(line)
        return self._read(lambda: input(f"{last} ")).strip()

    def _read(self, read: Callable[[], str]) -> str:
        try:
            return read()
        except (EOFError, KeyboardInterrupt):
            print()
            raise Left from None


def _option(key: str) -> str:
    return key.replace("_", "-")
