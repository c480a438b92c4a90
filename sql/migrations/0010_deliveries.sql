-- What of a notice went to whom by which way, and what became of it (functions/deliveries.sql).

-- A delivery is a push to one device, or a mail to the account's address as it is when it is sent; a job of the
-- channel's kind under its id sends it. form: a notice; a digest of the notices whose deliveries are folded into it; a
-- test, by which its owner tries a device. state: waiting for its job; held until quiet hours end; folded into a digest,
-- whose state is its own from then on; accepted by Gorush or the mail server, which does not say that it arrived; failed
-- for good; dropped, for it was no longer true or wanted. attempts: how often it was sent. reason: a code, of the end or
-- of the last try.
CREATE TABLE deliveries (
	id uuid PRIMARY KEY DEFAULT hob.uuid_v7(),
	user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
	notice_id uuid REFERENCES notices ON DELETE CASCADE,
	form text COLLATE "C" NOT NULL DEFAULT 'notice' CHECK (form IN ('notice', 'digest', 'test')),
	channel text COLLATE "C" NOT NULL CHECK (channel IN ('push', 'mail')),
	device_id uuid REFERENCES devices ON DELETE SET NULL,
	state text COLLATE "C" NOT NULL DEFAULT 'waiting'
		CHECK (state IN ('waiting', 'held', 'folded', 'accepted', 'failed', 'dropped')),
	folded_into uuid REFERENCES deliveries ON DELETE SET NULL,
	attempts int NOT NULL DEFAULT 0,
	reason text COLLATE "C",
	created_at timestamptz NOT NULL DEFAULT now(),
	ended_at timestamptz,
	CONSTRAINT deliveries_notice_check CHECK ((form = 'notice') = (notice_id IS NOT NULL))
);
CREATE INDEX deliveries_notice_id_idx ON deliveries (notice_id);
CREATE INDEX deliveries_user_id_idx ON deliveries (user_id, id);
CREATE INDEX deliveries_device_id_idx ON deliveries (device_id) WHERE device_id IS NOT NULL;
CREATE INDEX deliveries_folded_into_idx ON deliveries (folded_into) WHERE folded_into IS NOT NULL;
CREATE INDEX deliveries_held_idx ON deliveries (user_id, channel) WHERE state = 'held';
-- For staff. What goes as it should has no part in it.
CREATE INDEX deliveries_state_idx ON deliveries (state, id) WHERE state NOT IN ('waiting', 'accepted');
-- Those that no notice takes along when it goes, and how many tests there were in the last minute.
CREATE INDEX deliveries_created_at_idx ON deliveries (created_at) WHERE notice_id IS NULL;
CREATE INDEX deliveries_tests_idx ON deliveries (user_id, created_at) WHERE form = 'test';
INSERT INTO job_kinds (kind) VALUES ('push'), ('mail'), ('digest');

-- wrong_environments: how often in a row the platform said that the token is of another app or server; odd_answers:
-- how often it said something that nobody here knows.
ALTER TABLE devices
	ADD wrong_environments int NOT NULL DEFAULT 0,
	ADD odd_answers int NOT NULL DEFAULT 0;

ALTER TABLE deliveries ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON deliveries FOR SELECT TO hob_api, hob_jobs
	USING (user_id = hob.user_id());
