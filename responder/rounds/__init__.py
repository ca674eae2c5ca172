"""One round over one account: look, decide, act, record. The only place where reading, writing and life meet the shell.

whole.py      the order of a round
intake.py     new mail -> cases
look.py       Drafts and Sent -> views
settle.py     one step for one case: drafting.py, sending.py; consulting.py asks the mailbox; proofreading.py reads edits; recording.py writes it down
notices.py    the notes in INBOX
requests.py   what commands ask for
account.py    what a round works with
"""
