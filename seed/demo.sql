-- A believable household with a year of life behind it: the Okafor-Lind family, their
-- house in Vermont and a flat in Lisbon. All dates are relative to the day this runs;
-- when demo@hob.example is there already, nothing changes.
--
-- The caller sets hob.demo_password_hash first.

CREATE OR REPLACE FUNCTION pg_temp.demo_id(kind int, n int) RETURNS uuid
LANGUAGE sql IMMUTABLE AS $$
	SELECT ('018f0000-0000-7' || lpad(to_hex(kind), 3, '0') || '-8000-'
		|| lpad(to_hex(n), 12, '0'))::uuid
$$;

CREATE OR REPLACE FUNCTION pg_temp.demo_household() RETURNS void LANGUAGE plpgsql AS $demo$
DECLARE
	hash text := current_setting('hob.demo_password_hash');
	begun timestamptz := now() - interval '380 days';
BEGIN
	IF EXISTS (SELECT FROM users WHERE lower(email) = 'demo@hob.example') THEN
		RETURN;
	END IF;

	INSERT INTO users (id, email, password_hash, first_name, last_name, time_zone, created_at,
		email_verified_at)
	VALUES (pg_temp.demo_id(1, 1), 'demo@hob.example', hash, 'Nora', 'Lind',
			'America/New_York', begun, now()),
	       (pg_temp.demo_id(1, 2), 'chidi@hob.example', hash, 'Chidi', 'Okafor',
			'America/New_York', begun, now()),
	       (pg_temp.demo_id(1, 3), 'maja@hob.example', hash, 'Maja', 'Okafor-Lind',
			'America/New_York', begun + interval '2 days', now()),
	       (pg_temp.demo_id(1, 4), 'teresa@hob.example', hash, 'Teresa', 'Duarte',
			'Europe/Lisbon', begun + interval '40 days', now()),
	       (pg_temp.demo_id(1, 5), 'grandpa@hob.example', hash, 'Einar', 'Lind',
			'Europe/Stockholm', begun + interval '60 days', now());

	INSERT INTO residences (id, owner_id, name, type, street_address, unit, city, region,
		postal_code, country, time_zone, currency, bedrooms, bathrooms, floor_area,
		year_built, purchased_on, purchase_price, description, created_at)
	VALUES (pg_temp.demo_id(2, 1), pg_temp.demo_id(1, 1), 'Chestnut Hill', 'house',
			'14 Chestnut Hill Road', NULL, 'Brattleboro', 'VT', '05301', 'US',
			'America/New_York', 'USD', 4, 2.5, 186.00, 1931, current_date - 2300,
			412000.00, 'White clapboard house with a wood stove, a well and too many '
			'gutters. The water main shuts off behind the cellar stairs.', begun),
	       (pg_temp.demo_id(2, 2), pg_temp.demo_id(1, 1), 'Flat in Alfama', 'apartment',
			'Rua dos Remédios 88', '2.º Esq.', 'Lisboa', NULL, '1100-453', 'PT',
			'Europe/Lisbon', 'EUR', 1, 1.0, 54.50, 1890, current_date - 900, 289000.00,
			'Let in summer. Teresa has the keys and knows the neighbours.',
			begun + interval '30 days');

	INSERT INTO residence_members (residence_id, user_id, role, joined_at)
	VALUES (pg_temp.demo_id(2, 1), pg_temp.demo_id(1, 2), 'manager', begun),
	       (pg_temp.demo_id(2, 1), pg_temp.demo_id(1, 3), 'member', begun + interval '2 days'),
	       (pg_temp.demo_id(2, 1), pg_temp.demo_id(1, 5), 'viewer', begun + interval '60 days'),
	       (pg_temp.demo_id(2, 2), pg_temp.demo_id(1, 4), 'manager', begun + interval '40 days'),
	       (pg_temp.demo_id(2, 2), pg_temp.demo_id(1, 2), 'member', begun + interval '41 days');

	-- Open tasks: next_in is days until due. Finished ones: how many days ago.
	CREATE TEMP TABLE demo_task ON COMMIT DROP AS
	SELECT row_number() OVER ()::int AS n, v.*
	  FROM (VALUES
	(1, 'Test smoke and CO alarms', 'Press each one; six upstairs, three down, one in the cellar.', 'safety', 'high', 2, 'month', 1, 4, NULL::time, NULL::numeric, 'open'),
	(1, 'Replace furnace filter', '16 x 25 x 1, MERV 11. Arrow towards the furnace.', 'hvac', 'medium', 2, 'month', 3, 12, NULL, 24.00, 'open'),
	(1, 'Service the oil furnace', 'Ask for the combustion report.', 'hvac', 'high', 1, 'year', 1, 61, NULL, 210.00, 'open'),
	(1, 'Sweep the chimney', 'Before the first fire of the season.', 'safety', 'high', 1, 'year', 1, -3, NULL, 260.00, 'open'),
	(1, 'Clean the gutters', 'North side first, that is where the maples are.', 'exterior', 'medium', 2, 'month', 6, 18, NULL, NULL, 'open'),
	(1, 'Mow the lawn', NULL, 'garden', 'low', 3, 'week', 1, 2, NULL, NULL, 'open'),
	(1, 'Take out recycling', 'Blue bin to the road the evening before.', 'cleaning', 'low', 3, 'week', 2, 1, '19:30', NULL, 'open'),
	(1, 'Change the beds', NULL, 'cleaning', 'low', NULL, 'week', 2, 5, NULL, NULL, 'open'),
	(1, 'Clean the refrigerator coils', 'Vacuum with the narrow brush; pull the plug first.', 'appliances', 'low', NULL, 'month', 6, 74, NULL, NULL, 'open'),
	(1, 'Descale the dishwasher', 'Citric acid, empty, hottest programme.', 'appliances', 'low', 2, 'month', 3, 33, NULL, 6.50, 'open'),
	(1, 'Clean the dryer vent', 'Also outside, where the lint sits behind the flap.', 'safety', 'high', 2, 'month', 6, -9, NULL, NULL, 'open'),
	(1, 'Test the well water', 'Bacteria and nitrate; the kit comes from the town office.', 'plumbing', 'medium', 1, 'year', 1, 40, NULL, 55.00, 'open'),
	(1, 'Flush the water heater', 'Half a bucket until it runs clear.', 'plumbing', 'medium', 2, 'month', 6, 25, NULL, NULL, 'open'),
	(1, 'Replace the water filter cartridge', 'Housing under the sink; spare o-ring in the drawer.', 'plumbing', 'medium', 1, 'month', 3, 0, '18:00', 38.00, 'open'),
	(1, 'Pump the septic tank', 'Lid is three paces from the lilac.', 'plumbing', 'high', 1, 'year', 3, 400, NULL, 375.00, 'open'),
	(1, 'Stack firewood', 'Three cords, bark side up.', 'exterior', 'medium', 2, 'year', 1, 90, NULL, 900.00, 'open'),
	(1, 'Inspect the roof', 'With the binoculars, from the road and from the barn.', 'exterior', 'medium', 1, 'year', 1, 50, NULL, NULL, 'open'),
	(1, 'Oil the deck', NULL, 'exterior', 'medium', 3, 'year', 1, 120, NULL, 140.00, 'open'),
	(1, 'Inspect both cars', 'State inspection; the plate tells the month.', 'vehicles', 'high', 2, 'year', 1, 21, '09:00', 110.00, 'open'),
	(1, 'Swap the winter tyres', NULL, 'vehicles', 'high', 2, 'month', 6, 28, NULL, 120.00, 'open'),
	(1, 'Pay property tax', 'Four instalments; the town clerk takes cheques only.', 'administration', 'urgent', 1, 'month', 3, 8, NULL, 2140.00, 'open'),
	(1, 'Renew home insurance', 'Compare two offers at least; mention the new alarms.', 'administration', 'high', 1, 'year', 1, 47, NULL, 1680.00, 'open'),
	(1, 'Set mouse traps in the cellar', NULL, 'pest_control', 'low', 3, 'month', 1, 9, NULL, 8.00, 'open'),
	(1, 'Water the lemon tree', 'It drops its leaves to make a point.', 'garden', 'low', 3, 'week', 1, 0, NULL, NULL, 'open'),
	(1, 'Prune the apple trees', 'Late winter, dry day, sharp saw.', 'garden', 'medium', NULL, 'year', 1, 150, NULL, NULL, 'open'),
	(1, 'Fix the dripping tap in the guest bath', 'New ceramic cartridge lies on the washing machine.', 'plumbing', 'medium', 2, NULL, NULL, -5, NULL, 18.00, 'open'),
	(1, 'Repaint the porch ceiling', 'Haint blue, as it was.', 'exterior', 'low', 1, NULL, NULL, 35, NULL, 95.00, 'in_progress'),
	(1, 'Replace the cracked pane in the barn', 'Measure twice: 24 by 30 less an eighth.', 'exterior', 'medium', 2, NULL, NULL, 6, NULL, 42.00, 'open'),
	(1, 'Get three quotes for a heat pump', 'Ask about the state rebate and noise at night.', 'hvac', 'high', 1, NULL, NULL, 14, NULL, NULL, 'in_progress'),
	(1, 'Put a railing on the cellar stairs', 'Before Grandpa comes.', 'safety', 'urgent', 2, NULL, NULL, -1, NULL, 75.00, 'in_progress'),
	(1, 'Sort the photographs in the attic', NULL, 'interior', 'low', 1, NULL, NULL, NULL, NULL, NULL, 'open'),
	(1, 'Insulate the hatch to the attic', NULL, 'interior', 'medium', NULL, NULL, NULL, 44, NULL, 30.00, 'open'),
	(1, 'Find out why the hall light flickers', 'Only when the washing machine spins.', 'electrical', 'high', NULL, NULL, NULL, 3, NULL, NULL, 'open'),
	(1, 'Label the breaker panel', NULL, 'electrical', 'low', 3, NULL, NULL, NULL, NULL, NULL, 'open'),
	(1, 'Build raised beds', 'Cedar, four of them, 4 by 8.', 'garden', 'medium', 1, NULL, NULL, 55, NULL, 320.00, 'open'),
	(1, 'Borrow a trailer for the brush', NULL, 'garden', 'low', 3, NULL, NULL, 10, NULL, NULL, 'open'),
	(1, 'Digitise the house deeds', NULL, 'administration', 'low', 1, NULL, NULL, NULL, NULL, NULL, 'open'),
	(1, 'Replace the garage door spring', 'Not by ourselves.', 'vehicles', 'high', 1, NULL, NULL, -12, NULL, 280.00, 'done'),
	(1, 'Caulk the bath tub', NULL, 'interior', 'medium', 2, NULL, NULL, -4, NULL, 12.00, 'done'),
	(1, 'Hang the bird feeder', NULL, 'garden', 'low', 3, NULL, NULL, -20, NULL, 27.00, 'done'),
	(1, 'Replace the kitchen faucet', 'The old one is in the cellar for spares.', 'plumbing', 'high', 2, NULL, NULL, -85, NULL, 189.00, 'done'),
	(1, 'Install outdoor motion light', NULL, 'electrical', 'medium', 2, NULL, NULL, -130, NULL, 64.00, 'done'),
	(1, 'Rent a lift for the gable', NULL, 'exterior', 'medium', 1, NULL, NULL, -60, NULL, 240.00, 'archived'),
	(1, 'Buy a second rain barrel', 'The first one was never full.', 'garden', 'low', 1, NULL, NULL, 20, NULL, 90.00, 'cancelled'),
	(2, 'Read the water meter', 'Photograph it, the app wants one.', 'administration', 'medium', 4, 'month', 1, 3, NULL, NULL, 'open'),
	(2, 'Pay the condominium fee', NULL, 'administration', 'high', 1, 'month', 1, 7, NULL, 62.00, 'open'),
	(2, 'Clean after guests', 'Linen in the chest; second key with Dona Amélia.', 'cleaning', 'high', 4, 'week', 1, 1, '11:00', 45.00, 'open'),
	(2, 'Air the flat', 'An hour, both sides, against the damp.', 'interior', 'medium', 4, 'week', 2, 6, NULL, NULL, 'open'),
	(2, 'Clean the air conditioner filters', NULL, 'hvac', 'medium', 4, 'month', 3, 16, NULL, NULL, 'open'),
	(2, 'Descale the kettle and shower head', 'White vinegar over night.', 'plumbing', 'low', 4, 'month', 2, -2, NULL, NULL, 'open'),
	(2, 'Inspect the gas installation', 'Certificate goes to the landlord register.', 'safety', 'urgent', 1, 'year', 1, 30, NULL, 70.00, 'open'),
	(2, 'Renew the local lodging licence', NULL, 'administration', 'urgent', 1, 'year', 1, 58, NULL, 150.00, 'open'),
	(2, 'Pay IMI', 'Property tax, May and November.', 'administration', 'high', 1, 'month', 6, 26, NULL, 214.00, 'open'),
	(2, 'Oil the wooden shutters', NULL, 'exterior', 'low', 4, 'year', 1, 95, NULL, 40.00, 'open'),
	(2, 'Treat the beams for woodworm', NULL, 'pest_control', 'high', 4, NULL, NULL, 11, NULL, 180.00, 'in_progress'),
	(2, 'Replace the bathroom fan', 'It sings fado.', 'electrical', 'medium', 4, NULL, NULL, 22, NULL, 85.00, 'open'),
	(2, 'New mattress', '140 x 200, and somebody who carries it up.', 'interior', 'medium', 1, NULL, NULL, 48, NULL, 420.00, 'open'),
	(2, 'Reseal the terrace tiles', NULL, 'exterior', 'high', 4, NULL, NULL, -6, NULL, 130.00, 'open'),
	(2, 'Ask the neighbours about the stairwell lamp', NULL, 'administration', 'low', 4, NULL, NULL, NULL, NULL, NULL, 'open'),
	(2, 'Replace the lock cylinder', 'Three keys, one for Teresa.', 'safety', 'high', 4, NULL, NULL, -15, NULL, 58.00, 'done'),
	(2, 'Paint the bedroom', NULL, 'interior', 'medium', 4, NULL, NULL, -160, NULL, 210.00, 'done')
	) v (residence, title, description, category, priority, who, unit, every, next_in, at, cost, kind);

	INSERT INTO tasks (id, residence_id, title, description, category, priority, due_on, due_time,
		recurrence, assigned_to_id, estimated_cost, state, archived, created_by,
		created_at, updated_at)
	SELECT pg_temp.demo_id(3, n), pg_temp.demo_id(2, residence), title, description, category, priority,
	       current_date + next_in, at,
	       CASE WHEN unit = 'month'
		    THEN jsonb_build_object('unit', unit, 'every', every, 'anchor', 'due',
				'month_day', extract(day FROM current_date + next_in)::int)
		    WHEN unit IS NOT NULL
		    THEN jsonb_build_object('unit', unit, 'every', every, 'anchor',
				CASE unit WHEN 'year' THEN 'completion' ELSE 'due' END)
	       END,
	       CASE WHEN who IS NOT NULL THEN pg_temp.demo_id(1, who) END, cost,
	       CASE WHEN kind IN ('in_progress', 'cancelled') THEN kind ELSE 'pending' END,
	       kind = 'archived', pg_temp.demo_id(1, CASE WHEN n % 3 = 0 AND residence = 1 THEN 2 ELSE 1 END),
	       begun + (30 + n % 20) * interval '1 day', now() - n * interval '7 hours'
	  FROM demo_task;

	-- Each past occurrence of the last year, done a little early or late, now and then
	-- skipped; occurrence 1 is the oldest.
	INSERT INTO completions (id, residence_id, task_id, occurrence, outcome, due_before, due_after,
		completed_at, completed_by, recorded_by, actual_cost, note, rating, created_at)
	SELECT pg_temp.demo_id(4, n * 1000 + k), pg_temp.demo_id(2, residence), pg_temp.demo_id(3, n),
	       row_number() OVER (PARTITION BY n ORDER BY k DESC), outcome, due,
	       CASE WHEN unit IS NOT NULL THEN (due + step)::date END, done_at,
	       pg_temp.demo_id(1, who), pg_temp.demo_id(1, who),
	       CASE WHEN outcome = 'done' THEN round(cost * (0.9 + (n * 3 + k) % 5 * 0.05), 2) END,
	       CASE WHEN outcome = 'skipped' THEN 'Not needed this time.'
		    WHEN (n + k) % 9 = 0 THEN 'Went faster than last time.'
		    WHEN (n + k) % 14 = 3 THEN 'Buy spare parts before the next one.' END,
	       CASE WHEN outcome = 'done' AND (n + k) % 4 = 0 THEN 3 + (n + k) % 3 END, done_at
	  FROM (SELECT t.n, t.residence, t.unit, t.cost, k, step,
		       (current_date + t.next_in - k * step)::date AS due,
		       CASE WHEN t.unit IS NOT NULL AND (t.n + k) % 11 = 0 THEN 'skipped'
			    ELSE 'done' END AS outcome,
		       CASE WHEN (t.n + k) % 4 = 0 AND t.residence = 1 THEN 2 ELSE coalesce(t.who, 1) END AS who,
		       least(now() - interval '1 hour', (current_date + t.next_in - k * step)
				+ ((t.n * 7 + k * 5) % 4 - 1) * interval '1 day'
				+ time '09:20' + (t.n * 37 + k * 11) % 600 * interval '1 minute') AS done_at
		  FROM demo_task t
		 CROSS JOIN LATERAL (SELECT CASE WHEN t.unit IS NULL THEN interval '0'
				ELSE t.every * ('1 ' || t.unit)::interval END) s (step)
		 CROSS JOIN LATERAL generate_series(1, 60) k
		 WHERE (t.unit IS NOT NULL AND current_date + t.next_in - k * step > current_date - 365
			AND current_date + t.next_in - k * step < current_date)
		    OR (t.kind = 'done' AND k = 1)) past;

	INSERT INTO contractors (id, residence_id, name, company, contact_person, phones, email, website, address, notes,
		specialties, licence_number, insurance_expires_on, call_out_rate, hourly_rate, do_not_use,
		do_not_use_reason, created_by, created_at, updated_at)
	SELECT pg_temp.demo_id(6, n), CASE WHEN residence > 0 THEN pg_temp.demo_id(2, residence) END, name, company, person,
	       phones::jsonb, email, website, address, notes, specialties::text[], licence, current_date + insured,
	       call_out, hourly, reason IS NOT NULL, reason, pg_temp.demo_id(1, who), begun + n * interval '3 days',
	       begun + n * interval '3 days'
	  FROM (VALUES
	(1, 1, 1, 'Green Mountain Oil', 'Green Mountain Oil & Heat', 'Walt Pruitt', '[{"label": "Office", "number": "+1 802 555 0111"}, {"label": "Emergency", "number": "+1 802 555 0112"}]', 'service@gmoil.example', 'https://gmoil.example', E'2 Depot Street\nBrattleboro, VT 05301', 'Comes within two hours when it is cold.', '{heating}', 'VT-H-20417', 24, 95.00, 110.00, NULL),
	(2, 1, 1, 'Sweep & Sons', NULL, 'Ida Marsh', '[{"label": "Mobile", "number": "+1 802 555 0133"}]', NULL, NULL, NULL, 'Book in August.', '{chimney,roofing}', NULL, 190, NULL, 85.00, NULL),
	(3, 1, 2, 'Valley Septic', 'Valley Septic Service', NULL, '[{"label": null, "number": "+1 802 555 0150"}]', NULL, NULL, NULL, NULL, '{septic,well}', NULL, NULL, 120.00, NULL, NULL),
	(4, 1, 1, 'Bolt Electric', 'Bolt Electric LLC', 'Sam Ochs', '[{"label": "Mobile", "number": "+1 802 555 0171"}]', 'sam@bolt.example', 'https://bolt.example', E'77 Elm Street\nPutney, VT 05346', NULL, '{electrical,solar,networking}', 'EM-5519', 75, NULL, 98.00, NULL),
	(5, 1, 2, 'Overhead Door Repair', NULL, NULL, '[{"label": null, "number": "+1 802 555 0188"}]', NULL, NULL, NULL, NULL, '{garage_doors}', NULL, NULL, 60.00, NULL, NULL),
	(6, 1, 1, 'Quick Gutters', NULL, NULL, '[{"label": null, "number": "+1 802 555 0199"}]', NULL, NULL, NULL, NULL, '{gutters}', NULL, -40, NULL, NULL, 'Took a deposit and did not come.'),
	(7, 2, 4, 'Limpezas Alfama', NULL, 'Dona Amélia', '[{"label": "Telemóvel", "number": "+351 910 555 014"}]', NULL, NULL, NULL, 'Has the second key.', '{cleaning,window_cleaning}', NULL, NULL, NULL, 15.00, NULL),
	(8, 2, 4, 'Anti-Térmita Lisboa', 'Anti-Térmita Lda.', NULL, '[{"label": null, "number": "+351 210 555 077"}]', 'geral@termita.example', 'https://termita.example', E'Rua do Ouro 12\n1100-060 Lisboa', NULL, '{pest_control,carpentry}', NULL, 300, NULL, 40.00, NULL),
	(9, 0, 1, 'Cousin Per', NULL, NULL, '[{"label": "Mobile", "number": "+46 70 555 01 02"}]', NULL, NULL, NULL, 'Helps when he visits.', '{handyman}', NULL, NULL, NULL, NULL, NULL)
	) v (n, residence, who, name, company, person, phones, email, website, address, notes, specialties, licence, insured,
		call_out, hourly, reason);
	INSERT INTO contractor_opinions (contractor_id, user_id, residence_id, is_favorite, rating, note)
	SELECT c.id, pg_temp.demo_id(1, who), c.residence_id, favorite, rating, note
	  FROM (VALUES (1, 1, true, 5, NULL), (1, 2, false, 4, 'Dear, but they come.'), (2, 1, true, 5, NULL),
		(4, 2, true, NULL, NULL), (6, 1, false, 1, NULL), (7, 4, true, 5, NULL), (8, 4, false, 3, NULL))
		v (n, who, favorite, rating, note)
	  JOIN contractors c ON c.id = pg_temp.demo_id(6, n);
	UPDATE tasks t SET contractor_id = pg_temp.demo_id(6, v.n)
	  FROM (VALUES ('Service the oil furnace', 1), ('Sweep the chimney', 2), ('Pump the septic tank', 3),
		('Test the well water', 3), ('Find out why the hall light flickers', 4), ('Install outdoor motion light', 4),
		('Replace the garage door spring', 5), ('Clean after guests', 7), ('Treat the beams for woodworm', 8))
		v (title, n)
	 WHERE t.title = v.title AND t.id IN (SELECT pg_temp.demo_id(3, d.n) FROM demo_task d);
	UPDATE completions d SET contractor_id = t.contractor_id
	  FROM tasks t
	 WHERE t.id = d.task_id AND d.outcome = 'done' AND t.contractor_id IS NOT NULL
	   AND t.id IN (SELECT pg_temp.demo_id(3, k.n) FROM demo_task k);

	UPDATE tasks t
	   SET completion_count = c.done, last_completed_at = d.completed_at,
	       last_completed_by = d.completed_by, last_completion_id = c.newest,
	       occurrence = c.last + (t.recurrence IS NOT NULL)::int, completed = t.recurrence IS NULL
	  FROM (SELECT task_id, count(*) FILTER (WHERE outcome = 'done') AS done,
		       max(occurrence) AS last,
		       (array_agg(id ORDER BY occurrence DESC))[1] AS newest,
		       (array_agg(id ORDER BY outcome, occurrence DESC))[1] AS newest_done
		  FROM completions GROUP BY task_id) c
	  LEFT JOIN completions d ON d.id = c.newest_done AND d.outcome = 'done'
	 WHERE t.id = c.task_id AND t.id IN (SELECT pg_temp.demo_id(3, n) FROM demo_task);

	-- ends_in: days until its cover ends; null: it has none.
	INSERT INTO documents (id, residence_id, type, title, description, tags, issuer, number, category, product, brand,
		model, serial_numbers, purchased_on, price, shop, provider, claim_contact, covers, claims, is_void,
		created_by, created_at, updated_at)
	SELECT pg_temp.demo_id(7, v.n), pg_temp.demo_id(2, v.residence), v.type, v.title, v.description, v.tags, v.issuer,
	       v.number, v.category, v.product, v.brand, v.model, v.serials, current_date - v.bought_ago, v.price, v.shop,
	       v.issuer, v.contact,
	       coalesce((SELECT jsonb_agg(jsonb_build_object('kind', c.kind, 'provider', NULL, 'starts_on', current_date - v.bought_ago,
			'ends_on', current_date + c.ends_in, 'lifetime', c.ends_in IS NULL, 'terms', c.terms))
		  FROM jsonb_to_recordset(v.covers) c (kind text, ends_in int, terms text)), '[]'),
	       v.claims, v.is_void, pg_temp.demo_id(1, v.who), begun + v.n * interval '3 days',
	       now() - v.n * interval '9 hours'
	  FROM (VALUES
	(1, 1, 'warranty', 'Dishwasher', 'The paper is in the kitchen drawer.', '{kitchen}'::text[], 'Harrow', NULL,
	 'appliances', 'Dishwasher', 'Harrow', 'DW 600', '{HD6-204981}'::text[], 712, 689.00, 'Brattleboro Appliance',
	 'service@harrow.example', '[{"kind": "manufacturer", "ends_in": 19, "terms": "Parts and labor."}]'::jsonb,
	 '[]'::jsonb, false, 1),
	(2, 1, 'warranty', 'Heat pump', 'Five years on parts, two on labor.', '{cellar,heating}', 'Vestfold', 'VF-8841', 'hvac',
	 'Heat pump', 'Vestfold', 'Arctic 12', '{VF12-77120,VF12-77121}', 540, 8450.00, 'Green River Heating',
	 '+1 802 555 0142', '[{"kind": "parts", "ends_in": 1286}, {"kind": "labor", "ends_in": 190, "terms": "On site."}]',
	 jsonb_build_array(jsonb_build_object('on', current_date - 200, 'status', 'settled', 'outcome',
		'The fan was replaced within a week.', 'replacement', 'Fan VF-F2')), false, 2),
	(3, 1, 'warranty', 'Cast iron pan', NULL, '{kitchen}', 'Lumen', NULL, 'other', 'Pan, 28 cm', 'Lumen', NULL, '{}', 1400, 54.00,
	 NULL, NULL, '[{"kind": "manufacturer", "ends_in": null}]', '[]', false, 3),
	(4, 1, 'warranty', 'Garage door opener', 'Opened by us: the seal is broken.', '{garage}', 'Brook', NULL, 'vehicles',
	 'Opener', 'Brook', 'B200', '{B2-1102}', 900, 249.00, 'Hardware on Main', NULL, '[{"kind": "seller", "ends_in": 195}]',
	 '[]', true, 1),
	(5, 1, 'insurance', 'Home insurance', 'Renew it in time.', '{money}', 'Connecticut River Mutual', 'HO-55-0192', 'administration',
	 NULL, NULL, NULL, '{}', 310, 1480.00, NULL, '+1 802 555 0100', '[{"kind": "insurance", "ends_in": 55}]', '[]', false, 1),
	(6, 1, 'manual', 'Wood stove', 'How to sweep it, page 14.', '{living room}', NULL, NULL, 'hvac', 'Wood stove', 'Fjell', 'F3',
	 '{}', 2300, NULL, NULL, NULL, '[]', '[]', false, 2),
	(7, 1, 'permit', 'Deck permit', NULL, '{garden}', 'Town of Brattleboro', '2025-0417', 'exterior', NULL, NULL, NULL, '{}', 120,
	 85.00, NULL, NULL, '[{"kind": "other", "ends_in": 245, "terms": "Work must be done by then."}]', '[]', false, 1),
	(8, 2, 'contract', 'Internet', 'A year, then by the month.', '{}', 'Tejo Net', 'T-20-4471', 'administration', NULL, NULL, NULL,
	 '{}', 350, 32.00, NULL, 'apoio@tejo.example', '[{"kind": "service", "ends_in": 15}]', '[]', false, 4),
	(9, 2, 'warranty', 'Washing machine', NULL, '{bathroom}', 'Harrow', NULL, 'appliances', 'Washing machine', 'Harrow', 'W7',
	 '{W7-55012}', 800, 519.00, 'Loja do Bairro', NULL, '[{"kind": "manufacturer", "ends_in": -70}]', '[]', false, 4)
	) v (n, residence, type, title, description, tags, issuer, number, category, product, brand, model, serials,
		bought_ago, price, shop, contact, covers, claims, is_void, who);
END
$demo$;

SELECT pg_temp.demo_household();
