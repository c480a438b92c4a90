-- What bounds the telling, and how a job ends that was dead for a month.

-- All that somebody was told, for the ten that were last (hob.notify); and what is about the safety of an account, for
-- how many there were in an hour (hob.alarms_enough).
CREATE INDEX notices_told_idx ON notices (user_id, id);
CREATE INDEX notices_security_idx ON notices (user_id) WHERE kind = 'security';

-- dead: it was given up, and nobody looked after it.
ALTER TABLE job_history DROP CONSTRAINT job_history_outcome_check,
	ADD CONSTRAINT job_history_outcome_check CHECK (outcome IN ('done', 'cancelled', 'dead'));
