-- Calendar feeds: what one shows, and what ends it.
-- after: sharing limits activity time recurrence

-- The content of the feed with this secret, with the owner's rights, for nobody is signed in; nothing
-- when there is no such feed, and a row without a task when it is empty. At most 1,001 tasks, the
-- first due first, and of a description 280 characters: app/api/calendar.c shows a thousand. starts:
-- of a task with a time, when it is due and when its rule makes it due in the year to come, UTC:
-- sixty times, or 2,000 divided by the number of such tasks among those that are shown, and no less
-- than twice. locale: the owner's.
CREATE OR REPLACE FUNCTION hob.calendar(hash text, at timestamptz)
RETURNS TABLE (task_id uuid, residence text, title text, description text, category text, due_on date,
	grid_on date, occurrence int, recurrence jsonb, stamp text, starts text[], feed text,
	alarm_minutes int, today date, category_code text, locale text)
LANGUAGE plpgsql STABLE ROWS 50 SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	RETURN QUERY
	SELECT x.id, x.name, x.title, hob.beginning(x.description), x.label, x.due_on, x.grid_on, x.occurrence,
	       x.recurrence, to_char(x.updated_at AT TIME ZONE 'UTC', 'YYYYMMDD"T"HH24MISS"Z"'),
	       CASE WHEN x.due_time IS NOT NULL THEN ARRAY(
			SELECT to_char(hob.local_instant(d.day, x.due_time, x.time_zone) AT TIME ZONE 'UTC',
				'YYYYMMDD"T"HH24MISS"Z"')
			  FROM unnest(hob.days_to_come(x.recurrence, x.occurrence, x.due_on, x.grid_on,
				(at AT TIME ZONE x.time_zone)::date,
				greatest(2, least(60, 2000 / x.timed))::int, at::date + 366))
			  WITH ORDINALITY d (day, n) ORDER BY d.n) END,
	       x.feed, x.alarm_minutes, (at AT TIME ZONE coalesce(x.time_zone, 'UTC'))::date, x.category, x.locale
	  FROM (SELECT t.*, h.name, h.time_zone, c.label, count(t.due_time) OVER () AS timed,
		       f.name AS feed, f.alarm_minutes, u.locale
		  FROM calendar_feeds f
		  JOIN users u ON u.id = f.user_id AND u.is_active
		  LEFT JOIN LATERAL (
			SELECT k.id, k.due_on
			  FROM residence_members m
			  JOIN residences h ON h.id = m.residence_id AND h.deleted_at IS NULL
			 CROSS JOIN LATERAL (
				(SELECT t.id, t.due_on FROM tasks t
				  WHERE t.residence_id = m.residence_id AND NOT f.assigned_to_me
				    AND t.deleted_at IS NULL AND NOT t.archived AND NOT t.completed
				    AND t.state <> 'cancelled' AND t.due_on IS NOT NULL
				  ORDER BY t.due_on, t.id LIMIT 1001)
				UNION ALL
				(SELECT t.id, t.due_on FROM tasks t
				  WHERE t.residence_id = m.residence_id AND f.assigned_to_me
				    AND t.assigned_to_id = f.user_id
				    AND t.deleted_at IS NULL AND NOT t.archived AND NOT t.completed
				    AND t.state <> 'cancelled' AND t.due_on IS NOT NULL
				  ORDER BY t.due_on, t.id LIMIT 1001)) k
			 WHERE m.user_id = f.user_id AND NOT m.gone
			   AND (f.residence_id IS NULL OR m.residence_id = f.residence_id)
			 ORDER BY k.due_on, k.id
			 LIMIT 1001) k ON true
		  LEFT JOIN tasks t ON t.id = k.id
		  LEFT JOIN residences h ON h.id = t.residence_id
		  LEFT JOIN task_categories c ON c.code = t.category
		 WHERE f.secret_hash = hash) x
	 ORDER BY x.due_on, x.id;
END
$$;

-- One residence's feed ends with the membership (hob.end_given); one of all shows what is left. Either is
-- given by a session that is still there.
CREATE OR REPLACE TRIGGER calendar_feeds_hold_giver BEFORE INSERT OR UPDATE ON calendar_feeds
	FOR EACH ROW EXECUTE FUNCTION hob.hold_giver('user_id');
CREATE OR REPLACE TRIGGER calendar_feeds_activity AFTER INSERT OR UPDATE OR DELETE ON calendar_feeds
	FOR EACH ROW WHEN (current_setting('hob.user_id', true) <> '')
	EXECUTE FUNCTION hob.log_activity('calendar_feed', 'id', 'created', 'revoked');
GRANT SELECT, INSERT (id, user_id, name, secret_hash, residence_id, assigned_to_me, alarm_minutes,
	created_at, updated_at), UPDATE (name, residence_id, assigned_to_me, alarm_minutes, updated_at,
	version), DELETE ON calendar_feeds TO hob_api;
GRANT EXECUTE ON FUNCTION hob.calendar(text, timestamptz) TO hob_api;
