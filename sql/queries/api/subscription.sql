-- Plans: what there is, what the caller has, and what stores tell.

-- name: tier_list
-- Every tier, the lowest first: texts in the caller's language, limits, and what stores call it.
SELECT json_agg(json_build_object('code', t.code, 'rank', t.rank, 'name', coalesce(x.name, e.name, t.code),
		'description', coalesce(x.description, e.description, ''),
		'limits', (SELECT json_agg(json_build_object('limit', p.name, 'max', l.most[p.position]) ORDER BY p.position)
			     FROM hob.limits_of(t.code) l (most) CROSS JOIN plan_limits p),
		'products', coalesce((SELECT json_agg(json_build_object('store', s.store, 'product_id', s.product_id,
					'period', s.period) ORDER BY s.store, s.product_id)
			     FROM tier_products s WHERE s.tier = t.code), '[]')) ORDER BY t.rank) AS results
  FROM tiers t
  LEFT JOIN tier_texts e ON (e.tier, e.language) = (t.code, 'en')
  LEFT JOIN LATERAL (SELECT o.name, o.description FROM tier_texts o
	 WHERE o.tier = t.code AND starts_with(lower(:language) || '-', lower(o.language) || '-')
	 ORDER BY length(o.language) DESC LIMIT 1) x ON true

-- name: subscription_get
-- The caller's plan, what they have of what it bounds, and what the next tier allows.
SELECT s.* FROM hob.subscription_shown(:mine) s

-- name: purchase_claim
-- The caller has proved a purchase: their plan as it is then. HB409 when it is another account's.
SELECT s.*, '{}'::text[] AS _touch
  FROM hob.claim_purchase(:store, :purchase_environment, :purchase_subscription, :purchase_named, :purchase_lifts::bool,
	:purchase_seen::jsonb) c, hob.subscription_shown(:mine) s

-- name: apple_event_take
-- Keeps a notification of Apple's that holds; always one row.
SELECT hob.take_apple_event(:purchase_event, :purchase_environment, :purchase_subscription, :purchase_lifts::bool) AS _new,
       '{}'::text[] AS _touch

-- name: google_push_take
-- Keeps a push of Google's, which a job proves; always one row.
SELECT hob.take_google_push(:purchase_event, :purchase_proof, :purchase_push, :purchase_subscription) AS _new,
       '{}'::text[] AS _touch
