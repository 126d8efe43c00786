-- In a thread: the id of its first message. Replies are counted by it.
ALTER TABLE message ADD COLUMN thread TEXT;
UPDATE message SET thread = document ->> '$.tmid' WHERE document ->> '$.tmid' IS NOT NULL;
CREATE INDEX message_thread ON message (thread) WHERE thread IS NOT NULL;
