-- Tiers as editors see and change them, and settings, which are an admin's. What a tier allows holds at once, for it is
-- read each time (hob.allowed); -1 is any number. Whose plan is another behind an edit has it soon (hob.plans_anew).
-- after: staff_lookups staff_texts limits plans

CREATE OR REPLACE VIEW staff.tiers AS
SELECT t.code AS id, t.rank,
       coalesce((SELECT jsonb_object_agg(x.language, jsonb_build_object('name', x.name, 'description', x.description))
		   FROM tier_texts x WHERE x.tier = t.code), '{}') AS texts,
       coalesce((SELECT jsonb_object_agg(l.name, l.most) FROM tier_limits l WHERE l.tier = t.code), '{}') AS limits,
       coalesce((SELECT jsonb_object_agg(x.store, x.products)
		   FROM (SELECT s.store, jsonb_object_agg(s.product_id, s.period) AS products FROM tier_products s
			  WHERE s.tier = t.code GROUP BY s.store) x), '{}') AS products, t.version
  FROM tiers t
 WHERE (SELECT hob.staff_may('support'));

-- The same of one, for the record; null: there is none such.
CREATE OR REPLACE FUNCTION hob.shown_tier(tier text) RETURNS jsonb
LANGUAGE sql VOLATILE SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT to_jsonb(v) - '{id,version}'::text[] FROM staff.tiers v WHERE v.id = shown_tier.tier
$$;

-- --- what is refused ------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION hob.require_limits(limits jsonb) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	IF jsonb_typeof(limits) IS DISTINCT FROM 'object' THEN
		PERFORM hob.refuse_field('limits_object');
	ELSIF EXISTS (SELECT FROM jsonb_object_keys(limits) k WHERE k NOT IN (SELECT p.name FROM plan_limits p)) THEN
		PERFORM hob.refuse_field('limits_name');
	-- What is more no program of JavaScript reads as it is.
	ELSIF EXISTS (SELECT FROM jsonb_each(limits) l WHERE NOT hob.is_whole(l.value, -1, 9007199254740991)) THEN
		PERFORM hob.refuse_field('limits_number');
	END IF;
END
$$;

-- By their stores, each with what it is paid for: {"apple": {"hob_plus_year": "year"}}.
CREATE OR REPLACE FUNCTION hob.require_products(products jsonb) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	IF jsonb_typeof(products) IS DISTINCT FROM 'object' THEN
		PERFORM hob.refuse_field('products_object');
	ELSIF (products - '{apple,google}'::text[]) <> '{}'
	   OR EXISTS (SELECT FROM jsonb_each(products) s WHERE jsonb_typeof(s.value) <> 'object') THEN
		PERFORM hob.refuse_field('products_store');
	ELSIF EXISTS (SELECT FROM jsonb_each(products) s CROSS JOIN jsonb_each(s.value) p
		 WHERE p.value NOT IN ('"month"', '"year"') OR p.key !~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,149}$') THEN
		PERFORM hob.refuse_field('products_period');
	END IF;
END
$$;

-- Such products as rows.
CREATE OR REPLACE FUNCTION hob.products_in(products jsonb) RETURNS TABLE (store text, product_id text, period text)
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT s.key, p.key, p.value FROM jsonb_each(products) s CROSS JOIN jsonb_each_text(s.value) p
$$;

CREATE OR REPLACE FUNCTION hob.require_tier(body jsonb) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	IF body ? 'texts' THEN
		PERFORM hob.require_texts(body -> 'texts', 'name', 50, 'description', 500);
		IF NOT body -> 'texts' ? 'en' THEN
			PERFORM hob.refuse_field('texts_no_english');
		END IF;
	END IF;
	IF body ? 'limits' THEN
		PERFORM hob.require_limits(body -> 'limits');
	END IF;
	IF body ? 'products' THEN
		PERFORM hob.require_products(body -> 'products');
	END IF;
END
$$;

-- --- writing --------------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION hob.write_tier_texts(tier text, texts jsonb) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, public, pg_temp AS $$
	DELETE FROM tier_texts x WHERE x.tier = write_tier_texts.tier AND NOT texts ? x.language;
	INSERT INTO tier_texts (tier, language, name, description)
	SELECT write_tier_texts.tier, t.key, t.value ->> 'name', t.value ->> 'description' FROM jsonb_each(texts) t
	ON CONFLICT (tier, language) DO UPDATE SET name = excluded.name, description = excluded.description;
$$;

CREATE OR REPLACE FUNCTION hob.write_tier_limits(tier text, limits jsonb) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, public, pg_temp AS $$
	DELETE FROM tier_limits l WHERE l.tier = write_tier_limits.tier AND NOT limits ? l.name;
	INSERT INTO tier_limits (tier, name, most)
	SELECT write_tier_limits.tier, l.key, l.value::numeric FROM jsonb_each(limits) l
	ON CONFLICT (tier, name) DO UPDATE SET most = excluded.most;
$$;

-- Whether somebody has paid for something that a tier has and `products` leaves out, and it is not over.
CREATE OR REPLACE FUNCTION hob.is_sold(tier text, products jsonb) RETURNS bool
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
	SELECT EXISTS (SELECT FROM tier_products s JOIN purchases p ON (p.store, p.product_id) = (s.store, s.product_id)
		 WHERE s.tier = is_sold.tier AND p.ended_at IS NULL
		   AND (s.store, s.product_id) NOT IN (SELECT n.store, n.product_id FROM hob.products_in(products) n))
$$;

CREATE OR REPLACE FUNCTION hob.write_tier_products(tier text, products jsonb) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	IF hob.is_sold(write_tier_products.tier, products) THEN
		PERFORM hob.refuse_field('products_sold');
	END IF;
	DELETE FROM tier_products s
	 WHERE s.tier = write_tier_products.tier
	   AND (s.store, s.product_id) NOT IN (SELECT n.store, n.product_id FROM hob.products_in(products) n);
	UPDATE tier_products s SET period = p.period
	  FROM hob.products_in(products) p
	 WHERE (s.store, s.product_id, s.tier) = (p.store, p.product_id, write_tier_products.tier) AND s.period <> p.period;
	INSERT INTO tier_products (store, product_id, tier, period)
	SELECT p.store, p.product_id, write_tier_products.tier, p.period
	  FROM hob.products_in(products) p
	 WHERE NOT EXISTS (SELECT FROM tier_products s
		WHERE (s.store, s.product_id, s.tier) = (p.store, p.product_id, write_tier_products.tier));
END
$$;

-- What the body names of a tier. The lowest says how many there may be of each thing, for others and those without one
-- look there; behind an edit that is seen.
CREATE OR REPLACE FUNCTION hob.write_tier(tier text, body jsonb) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	IF (body ->> 'rank')::int <> (SELECT t.rank FROM tiers t WHERE t.code = write_tier.tier) THEN
		UPDATE tiers t SET rank = (body ->> 'rank')::int WHERE t.code = write_tier.tier;
	END IF;
	IF body ? 'texts' THEN
		PERFORM hob.write_tier_texts(write_tier.tier, body -> 'texts');
	END IF;
	IF body ? 'limits' THEN
		PERFORM hob.write_tier_limits(write_tier.tier, body -> 'limits');
	END IF;
	IF body ? 'products' THEN
		PERFORM hob.write_tier_products(write_tier.tier, body -> 'products');
	END IF;
	IF EXISTS (SELECT FROM plan_limits p WHERE NOT EXISTS (SELECT FROM tier_limits l
		 WHERE l.name = p.name AND l.tier = hob.first_tier())) THEN
		PERFORM hob.refuse_field('limits_lowest');
	END IF;
END
$$;

-- Whoever edits tiers comes behind who does, whichever they are: ranks and products are those of one tier alone, so two
-- that swap them would each wait for what the other has. Who gets a plan of a tier does not wait.
CREATE OR REPLACE FUNCTION hob.hold_tiers() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	LOCK TABLE tiers IN SHARE ROW EXCLUSIVE MODE;
END
$$;

CREATE OR REPLACE FUNCTION hob.staff_create_tiers(new_id text, body jsonb) RETURNS TABLE (id text, _touch text[])
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
	PERFORM hob.hold_tiers();
	PERFORM hob.require_tier(body);
	INSERT INTO tiers (code, rank) VALUES (new_id, (body ->> 'rank')::int);
	PERFORM hob.write_tier(new_id, body);
	PERFORM hob.audit('create', 'tiers', new_id, after => hob.shown_tier(new_id));
	RETURN QUERY SELECT new_id, '{}'::text[];
END
$$;

CREATE OR REPLACE FUNCTION hob.staff_update_tiers(subject text, if_versions int[], body jsonb)
RETURNS TABLE (id text, _touch text[])
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	was jsonb;
	is_now jsonb;
BEGIN
	PERFORM hob.hold_tiers();
	PERFORM FROM tiers t WHERE t.code = subject AND (if_versions IS NULL OR t.version = ANY (if_versions)) FOR NO KEY UPDATE;
	IF NOT FOUND THEN
		RETURN;
	END IF;
	PERFORM hob.require_tier(body);
	was := hob.shown_tier(subject);
	PERFORM hob.write_tier(subject, body);
	is_now := hob.shown_tier(subject);
	IF was <> is_now THEN
		UPDATE tiers t SET version = t.version + 1 WHERE t.code = subject;
		PERFORM hob.audit_change('update', 'tiers', subject, was, is_now);
	END IF;
	RETURN QUERY SELECT subject, '{}'::text[];
END
$$;

-- HB409 for the lowest, which all have, and one that somebody has, has had, or pays for.
CREATE OR REPLACE FUNCTION hob.staff_delete_tiers(subject text, if_versions int[]) RETURNS TABLE (id text, _touch text[])
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off SET jit = off AS $$
DECLARE
	was jsonb;
BEGIN
	PERFORM hob.hold_tiers();
	PERFORM FROM tiers t WHERE t.code = subject AND (if_versions IS NULL OR t.version = ANY (if_versions)) FOR UPDATE;
	IF NOT FOUND THEN
		RETURN;
	END IF;
	was := hob.shown_tier(subject);
	IF subject = hob.first_tier() OR hob.is_sold(subject, '{}') THEN
		PERFORM hob.refuse_in_use();
	END IF;
	DELETE FROM tiers t WHERE t.code = subject;
	PERFORM hob.audit('delete', 'tiers', subject, before => was);
	RETURN QUERY SELECT subject, '{}'::text[];
EXCEPTION WHEN foreign_key_violation THEN
	PERFORM hob.refuse_in_use();
END
$$;

-- --- settings -------------------------------------------------------------------------------

CREATE OR REPLACE VIEW staff.settings AS
SELECT s.name AS id, s.value, s.lowest, s.version
  FROM settings s
 WHERE (SELECT hob.staff_may('support'));

CREATE OR REPLACE FUNCTION hob.staff_update_settings(subject text, if_versions int[], body jsonb)
RETURNS TABLE (id text, _touch text[])
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	s settings;
	wanted CONSTANT int := body ->> 'value';
BEGIN
	SELECT x.* INTO s FROM settings x
	 WHERE x.name = subject AND (if_versions IS NULL OR x.version = ANY (if_versions)) FOR NO KEY UPDATE;
	IF s.name IS NULL THEN
		RETURN;
	ELSIF s.value <> wanted THEN
		UPDATE settings x SET value = wanted, version = x.version + 1 WHERE x.name = subject;
		PERFORM hob.audit('update', 'settings', subject, before => jsonb_build_object('value', s.value),
			after => jsonb_build_object('value', wanted));
	END IF;
	RETURN QUERY SELECT subject, '{}'::text[];
END
$$;

GRANT SELECT ON staff.tiers, staff.settings TO hob_staff;
