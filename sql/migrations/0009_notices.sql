-- Notices, who wants which of them and where, and the phones that are told (functions/notices.sql, devices.sql).

-- What somebody is told, once: hob.notify makes a row, and the unique key lets it make no other. offset_days: of a
-- reminder, how many days before. act: the transaction in which somebody did what this tells of, for an act is told as
-- often as it is done; null where it follows from a day. facts: what its text is made of in the language of whoever
-- reads it: title, who, home, due_on, role, what. No foreign key but that of the account: that one was told of something
-- outlives the thing, the residence and the membership. inbox false: it is for other channels alone. One is deleted
-- when it is 90 days old, and its row goes 90 days after that, when no sync asks for it any more (hob.sweep_steps).
CREATE TABLE notices (
	id uuid PRIMARY KEY DEFAULT hob.uuid_v7(),
	user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
	residence_id uuid,
	kind text COLLATE "C" NOT NULL,
	subject text COLLATE "C" NOT NULL,
	subject_id uuid NOT NULL,
	occurrence int,
	offset_days int,
	act xid8,
	facts jsonb NOT NULL DEFAULT '{}',
	inbox bool NOT NULL DEFAULT true,
	created_at timestamptz NOT NULL DEFAULT now(),
	read_at timestamptz,
	deleted_at timestamptz,
	changed xid8 NOT NULL DEFAULT pg_current_xact_id()
);
-- The day belongs to what is told once: who puts a thing off within the same occurrence is reminded of the new day, and
-- who moves it away and back is not told twice.
CREATE UNIQUE INDEX notices_once
	ON notices (user_id, kind, subject_id, occurrence, offset_days, act, (facts ->> 'due_on')) NULLS NOT DISTINCT;
-- The inbox, by id, which is by time; what is unread of it; what changed; and what is old.
CREATE INDEX notices_user_id_idx ON notices (user_id, id) WHERE inbox AND deleted_at IS NULL;
CREATE INDEX notices_unread_idx ON notices (user_id, id) WHERE inbox AND deleted_at IS NULL AND read_at IS NULL;
CREATE INDEX notices_changed_idx ON notices (user_id, changed) WHERE inbox;
CREATE INDEX notices_created_at_idx ON notices (created_at) WHERE deleted_at IS NULL;
CREATE INDEX notices_deleted_at_idx ON notices (deleted_at) WHERE deleted_at IS NOT NULL;

-- Where an account wants to hear of a kind of notices, as far as it has said so; else hob.notice_kinds says.
CREATE TABLE notice_preferences (
	user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
	kind text COLLATE "C" NOT NULL,
	inbox bool NOT NULL,
	push bool NOT NULL,
	mail bool NOT NULL,
	PRIMARY KEY (user_id, kind)
);

-- In the zone of the account. Between quiet_from and quiet_until, past midnight when it ends before it begins, nobody
-- is pushed or mailed; both are null where there are no quiet hours. remind_at: when reminders of a day go out;
-- remind_days: how many days before something is due, 0 on the day itself. notice_version counts changes of all of
-- this and of notice_preferences.
ALTER TABLE users
	ADD quiet_from time,
	ADD quiet_until time,
	ADD remind_at time NOT NULL DEFAULT '09:00',
	ADD remind_days int[] NOT NULL DEFAULT '{0}',
	ADD notice_version int NOT NULL DEFAULT 1,
	ADD CONSTRAINT users_quiet_check CHECK ((quiet_from IS NULL) = (quiet_until IS NULL));

-- Phones that can be pushed to. token: what Apple or Google know the app on it by; it belongs to the account that
-- named it last. It ends with its session. One that the other side calls dead is disabled until it comes again.
CREATE TABLE devices (
	id uuid PRIMARY KEY,
	user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
	session_id uuid NOT NULL REFERENCES sessions ON DELETE CASCADE,
	platform text COLLATE "C" NOT NULL CHECK (platform IN ('ios', 'android')),
	environment text COLLATE "C" NOT NULL CHECK (environment IN ('production', 'sandbox')),
	token text COLLATE "C" NOT NULL UNIQUE,
	app_version text NOT NULL DEFAULT '',
	locale text,
	disabled_at timestamptz,
	disabled_reason text COLLATE "C",
	created_at timestamptz NOT NULL DEFAULT now(),
	last_seen_at timestamptz NOT NULL DEFAULT now(),
	version int NOT NULL DEFAULT 1
);
CREATE INDEX devices_user_id_idx ON devices (user_id, created_at, id);
CREATE INDEX devices_session_id_idx ON devices (session_id);
INSERT INTO settings (name, value) VALUES ('limit.devices', 20);	-- of an account

ALTER TABLE notices ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON notices TO hob_api, hob_jobs
	USING (user_id = hob.user_id() AND inbox);
ALTER TABLE notice_preferences ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON notice_preferences TO hob_api, hob_jobs
	USING (user_id = hob.user_id());
ALTER TABLE devices ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON devices TO hob_api, hob_jobs
	USING (user_id = hob.user_id());
