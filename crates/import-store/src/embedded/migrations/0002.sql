-- Files and avatars. digest: of the bytes, under which they lie in `files`. An avatar is known by its user.
CREATE TABLE upload (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    digest TEXT NOT NULL,
    document TEXT NOT NULL
) STRICT;
CREATE INDEX upload_digest ON upload (digest);

CREATE TABLE avatar (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    user TEXT NOT NULL UNIQUE,
    digest TEXT NOT NULL,
    document TEXT NOT NULL
) STRICT;
CREATE INDEX avatar_digest ON avatar (digest);

-- The id of the file of a message whose file is pending.
ALTER TABLE message ADD COLUMN pending_file TEXT;
UPDATE message SET pending_file = coalesce(document ->> '$._importFile.id', '')
    WHERE document ->> '$._importFile.downloadUrl' IS NOT NULL
    AND document -> '$._importFile.external' IS NOT 'true'
    AND document -> '$._importFile.downloaded' IS NOT 'true'
    AND document ->> '$._importFile.rocketChatUrl' IS NULL;
CREATE INDEX message_pending_file ON message (pending_file, id) WHERE pending_file IS NOT NULL;

-- Users are written seldom enough to be looked into each time.
CREATE INDEX user_pending_avatar ON user (id) WHERE document ->> '$._pendingAvatarUrl' IS NOT NULL;
