"""Pure writing: Brief -> Letter -> MIME bytes, the manners of a letter, the words of the note in INBOX."""
