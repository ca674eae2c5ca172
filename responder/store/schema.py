"""The schema of the state file, as an ordered list of migrations; each is applied once."""

MIGRATIONS = (
    """
    CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
    CREATE TABLE cases (
        id TEXT PRIMARY KEY, account TEXT NOT NULL, key TEXT NOT NULL, message_id TEXT, received TEXT NOT NULL,
        found_at TEXT NOT NULL, state TEXT NOT NULL, why TEXT NOT NULL, changed TEXT NOT NULL, folder TEXT NOT NULL,
        uidvalidity INTEGER NOT NULL, uid INTEGER NOT NULL, thread_root TEXT NOT NULL, company TEXT, role TEXT, stage TEXT,
        language TEXT, signer TEXT, recipient TEXT, recipient_name TEXT, recipient_source TEXT,
        facts TEXT NOT NULL, body_hash TEXT NOT NULL, raw BLOB, answered INTEGER NOT NULL,
        forced INTEGER NOT NULL, due TEXT, ready_at TEXT, draft_message_id TEXT, draft BLOB, revision INTEGER NOT NULL,
        filed_at TEXT, draft_folder TEXT, draft_uidvalidity INTEGER, draft_uid INTEGER, draft_hash TEXT,
        keyed INTEGER NOT NULL, parent_id TEXT, missing_since TEXT, looks INTEGER NOT NULL, looked_at TEXT,
        tries INTEGER NOT NULL, next_try TEXT, told INTEGER NOT NULL, chore TEXT, seen_hash TEXT, seen_since TEXT,
        star_seen TEXT, star_fresh INTEGER NOT NULL, sent_at TEXT, sent_message_id TEXT, approved_by_user INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX cases_key ON cases (key);
    CREATE INDEX cases_state ON cases (account, state);
    CREATE TABLE journal (
        number INTEGER PRIMARY KEY, case_id TEXT NOT NULL, at TEXT NOT NULL, event TEXT NOT NULL,
        before TEXT NOT NULL, after TEXT NOT NULL, why TEXT NOT NULL
    ) STRICT;
    CREATE INDEX journal_case ON journal (case_id);
    CREATE TABLE cursors (
        account TEXT NOT NULL, folder TEXT NOT NULL, uidvalidity INTEGER NOT NULL, next_uid INTEGER NOT NULL,
        PRIMARY KEY (account, folder)
    ) STRICT;
    CREATE TABLE seen (account TEXT NOT NULL, key TEXT NOT NULL, at TEXT NOT NULL, PRIMARY KEY (account, key)) STRICT, WITHOUT ROWID;
    CREATE TABLE tries (
        account TEXT NOT NULL, folder TEXT NOT NULL, uidvalidity INTEGER NOT NULL, uid INTEGER NOT NULL, count INTEGER NOT NULL,
        at TEXT NOT NULL, reason TEXT NOT NULL, aside INTEGER NOT NULL, told INTEGER NOT NULL,
        PRIMARY KEY (account, folder, uidvalidity, uid)
    ) STRICT;
    CREATE TABLE requests (
        number INTEGER PRIMARY KEY, at TEXT NOT NULL, kind TEXT NOT NULL, case_id TEXT, args TEXT NOT NULL,
        done_at TEXT, ok INTEGER, outcome TEXT
    ) STRICT;
    CREATE TABLE notices (
        message_id TEXT PRIMARY KEY, account TEXT NOT NULL, at TEXT NOT NULL, raw BLOB NOT NULL, cases TEXT NOT NULL, filed_at TEXT
    ) STRICT;
    CREATE TABLE impressions (company TEXT PRIMARY KEY, text TEXT NOT NULL, at TEXT NOT NULL) STRICT;
    CREATE TABLE accounts (
        account TEXT PRIMARY KEY, status TEXT NOT NULL, message TEXT NOT NULL, at TEXT NOT NULL,
        last_round TEXT, last_sweep TEXT, drafts_uidvalidity INTEGER, told INTEGER NOT NULL
    ) STRICT;
    """,
)
