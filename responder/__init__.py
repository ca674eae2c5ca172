"""responder: thank-you drafts for job rejections.

The house, top to bottom; imports point down only (tests/test_architecture.py keeps it so):

    cli/            a file for each group of commands: load, call, print
    demo/           the built-in mail server and its made-up mailbox
    accounts/       providers, discovery, setup dialogue, check, service files
    daemon.py       a thread for each account runs its rounds; wakes, requests
    rounds/         one round over one account: look, decide, act, record
    mailbox/ outgoing.py store/ credentials.py oauth.py notify.py
                    the shell: each owns one outside thing and imports no other of them
    config/         the configuration as values, all its mistakes at once
    clock.py errors.py wire.py
                    ground floor
    dossier.py      pure: all that is known of one mail, from bytes to letter
    life/           pure: what happens to a rejection
    writing/        pure: facts -> letter
    reading/        pure: bytes -> Message -> Verdict -> Facts
    knowledge/      what the program knows, as TOML

The way of the data: bytes -> Message -> Verdict -> Facts -> case stored -> Step -> Letter stored -> draft filed ->
held -> ready -> reminded, or (asked for) sending recorded -> SMTP -> sent.
"""

__version__ = "0.1.0"
