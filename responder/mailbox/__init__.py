"""The only IMAP: one connection to one account, behind types. Translates imapclient's errors; decides nothing.

contract.py     what a round needs of an account: the Protocol and its values
stream.py       bytes in and out of one connection, under limits of size and time
trouble.py      what the server or the network said -> errors by what happens next
login.py        dial, TLS, credentials
folders.py      which folder is Drafts, Sent, Trash ...                          pure
fetched.py      FETCH responses -> values, one record at a time                  pure
structure.py    BODYSTRUCTURE -> which parts to fetch; parts -> a valid mail     pure
texts.py        mails without their attachments in few commands                  pure
query.py        what may go into a SEARCH                                        pure
idle.py         waiting on the socket and a wake-up
imap.py         ImapMailbox: the contract over imapclient

Every argument that comes from a mail is checked for control characters here, on every path (command injection).
"""

from responder.mailbox.contract import Entry, Filed, FolderState, Mailbox, Roles, Search
from responder.mailbox.imap import ImapMailbox, connect
from responder.mailbox.login import Server

__all__ = ["Entry", "Filed", "FolderState", "ImapMailbox", "Mailbox", "Roles", "Search", "Server", "connect"]
