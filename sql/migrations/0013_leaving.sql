-- Accounts and homes that go (functions/leaving.sql).

-- A home goes for good when it was deleted 30 days ago (hob.purge_some).
CREATE INDEX residences_deleted_at_idx ON residences (deleted_at) WHERE deleted_at IS NOT NULL;
INSERT INTO job_kinds (kind, every, at_time) VALUES ('purge', '1 day', '3 hours 50 minutes');

-- delete_at: when an account that its owner deleted is erased, unless they sign in before. erased_at: since when it is
-- an id without a person; what it left in other homes goes on for as long as delete_at is not null (hob.erase_step).
ALTER TABLE users ADD delete_at timestamptz, ADD erased_at timestamptz;
CREATE INDEX users_delete_at_idx ON users (delete_at) WHERE delete_at IS NOT NULL;
-- The trail of an account, for whom it goes with.
CREATE INDEX activity_account_idx ON activity (user_id) WHERE residence_id IS NULL;
INSERT INTO job_kinds (kind, every, at_time) VALUES ('erase', '1 hour', '10 minutes');
