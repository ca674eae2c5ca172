"""Prints what lies in Drafts, Sent and Trash, for docs/trying-a-client.md: `python tests/clients/show.py PORT [USER PASSWORD]`."""

from __future__ import annotations

import sys
from email import message_from_bytes

from imapclient import IMAPClient

NAMES = ("Message-ID", "In-Reply-To", "References", "From", "To", "Subject")


def main(port: int, user: str = "ana", password: str = "demo") -> None:
    with IMAPClient("127.0.0.1", port, ssl=False, timeout=10) as imap:
        imap.login(user, password)
        for folder in ("Drafts", "Sent", "Trash"):
            state = imap.select_folder(folder, readonly=True)
            print(f"== {folder}, UIDVALIDITY {state[b'UIDVALIDITY']}")
            uids = imap.search()
            for uid, found in sorted(imap.fetch(uids, ["FLAGS", "BODY.PEEK[]"]).items()) if uids else ():
                message = message_from_bytes(found[b"BODY[]"])
                print(f"UID {uid}  {' '.join(sorted(flag.decode() for flag in found[b'FLAGS']))}")
                for name in NAMES:
                    print(f"    {name}: {message[name]}")
                print(f"    other fields: {', '.join(name for name in message if name not in NAMES)}")
                for part in message.walk():
                    print(f"    {part.get_content_type()} {part.get('Content-Transfer-Encoding', '')}")


if __name__ == "__main__":
    main(int(sys.argv[1]), *sys.argv[2:4])
