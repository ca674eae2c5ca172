"""One round over one account: look, decide, act, record. The only place where reading, writing and life meet the shell.

account.py  what a round works with        intake.py  new mail -> cases         look.py     Drafts and Sent -> views
settle.py   one step for one case          notices.py the notes in INBOX        requests.py what commands ask for
whole.py    the order of a round
"""
