-- Accounts that go.

-- name: account_delete
-- Has the caller's account erased in 14 days, and ends all access to it; HB403 when the proof is wrong, HB412 when the
-- salt is another by now, HB409 while others belong to a residence of the caller's.
SELECT d.delete_at, d.sessions_ended, d.access_tokens_ended, d.calendar_feeds_ended, d.webhooks_ended,
       d.touched AS _touch
  FROM hob.delete_account(:password_proof, :now::timestamptz) d
