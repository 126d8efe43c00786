-- What a workspace is, once and for all: who its first administrator is.
CREATE TABLE workspace (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Operations in the order of their creation; the last one is the current one.
CREATE TABLE operation (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    revision INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    ended_by_administrator INTEGER NOT NULL,
    -- 0: its staging area is in use; 1: emptied, but rows are still there to be swept; 2: swept.
    emptied INTEGER NOT NULL DEFAULT 0,
    wire TEXT NOT NULL,
    work TEXT NOT NULL
) STRICT;
CREATE INDEX operation_updated_at ON operation (updated_at);

-- data_type: 0 user, 1 channel, 2 message, 3 contact, 4 entry. status: 0 staged, 1 failed, 2 skipped.
CREATE TABLE staging (
    operation INTEGER NOT NULL,
    data_type INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    status INTEGER NOT NULL,
    readable INTEGER NOT NULL,
    direct INTEGER NOT NULL,
    import_id TEXT,
    errors TEXT,
    data TEXT NOT NULL,
    PRIMARY KEY (operation, data_type, seq)
) STRICT, WITHOUT ROWID;
-- Counting and paging by status read this alone.
CREATE INDEX staging_status ON staging (operation, status, data_type, seq, readable);

-- Every import id of every room that was staged; its row remains when the room's own is gone.
CREATE TABLE staged_room (
    operation INTEGER NOT NULL,
    import_id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (operation, import_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE message_part (
    operation INTEGER NOT NULL,
    part INTEGER NOT NULL,
    room TEXT,
    direct INTEGER NOT NULL,
    messages INTEGER NOT NULL,
    skipped INTEGER NOT NULL,
    PRIMARY KEY (operation, part)
) STRICT, WITHOUT ROWID;

-- What import ids of an operation stand for. data_type as in staging.
CREATE TABLE resolved (
    operation INTEGER NOT NULL,
    data_type INTEGER NOT NULL,
    import_id TEXT NOT NULL,
    id TEXT NOT NULL,
    PRIMARY KEY (operation, data_type, import_id)
) STRICT, WITHOUT ROWID;

-- By number, since those of new users follow upon each other whereas ids are random.
CREATE TABLE user_written (
    operation INTEGER NOT NULL,
    user INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (operation, user)
) STRICT, WITHOUT ROWID;

-- Documents are MongoDB Extended JSON. Keys in which case is disregarded are held in lower case.
CREATE TABLE user (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    username TEXT UNIQUE,
    document TEXT NOT NULL
) STRICT;

CREATE TABLE user_email (
    address TEXT PRIMARY KEY,
    user INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE user_import_id (
    import_id TEXT NOT NULL,
    user INTEGER NOT NULL,
    PRIMARY KEY (import_id, user)
) STRICT, WITHOUT ROWID;

-- name and last_part: of personal access tokens, which never expire. at: when the token was made.
CREATE TABLE token (
    user INTEGER NOT NULL,
    hash TEXT NOT NULL,
    at INTEGER NOT NULL,
    name TEXT,
    last_part TEXT,
    PRIMARY KEY (user, hash)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX token_name ON token (user, name) WHERE name IS NOT NULL;

-- members: of direct rooms, the ids sorted, one a line.
CREATE TABLE room (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    name TEXT UNIQUE,
    fname TEXT,
    type TEXT NOT NULL,
    members TEXT,
    document TEXT NOT NULL
) STRICT;
CREATE INDEX room_fname ON room (fname) WHERE fname IS NOT NULL;
CREATE INDEX room_members ON room (members) WHERE members IS NOT NULL;

CREATE TABLE room_import_id (
    import_id TEXT NOT NULL,
    room INTEGER NOT NULL,
    PRIMARY KEY (import_id, room)
) STRICT, WITHOUT ROWID;

CREATE TABLE subscription (
    room TEXT NOT NULL,
    user TEXT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (room, user)
) STRICT, WITHOUT ROWID;
CREATE INDEX subscription_user ON subscription (user);

CREATE TABLE message (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    room TEXT NOT NULL,
    hidden INTEGER NOT NULL,
    ts INTEGER NOT NULL,
    document TEXT NOT NULL
) STRICT;
-- A room's count of messages, and its last one that is shown.
CREATE INDEX message_room ON message (room, hidden, ts);

CREATE TABLE contact (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    document TEXT NOT NULL
) STRICT;

CREATE TABLE contact_import_id (
    import_id TEXT NOT NULL,
    contact INTEGER NOT NULL,
    PRIMARY KEY (import_id, contact)
) STRICT, WITHOUT ROWID;

CREATE TABLE role (id TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;

CREATE TABLE permission (
    role TEXT NOT NULL,
    id TEXT NOT NULL,
    PRIMARY KEY (role, id)
) STRICT, WITHOUT ROWID;

INSERT INTO role (id) VALUES
    ('admin'), ('user'), ('bot'), ('guest'), ('moderator'), ('leader'), ('owner'), ('anonymous'), ('app'), ('livechat-agent'),
    ('livechat-manager'), ('livechat-monitor'), ('auditor'), ('auditor-log');

INSERT INTO permission (role, id) VALUES ('admin', 'run-import'), ('admin', 'view-import-operations');
