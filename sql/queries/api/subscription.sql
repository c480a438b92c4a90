-- Plans: what there is, and what the caller has.

-- name: tier_list
-- Every tier, the lowest first: texts in the caller's language, limits, and what stores call it.
SELECT json_agg(json_build_object('code', t.code, 'rank', t.rank, 'name', coalesce(x.name, e.name),
		'description', coalesce(x.description, e.description),
		'limits', (SELECT json_agg(json_build_object('limit', l.name, 'max', l.most) ORDER BY p.position)
			     FROM tier_limits l JOIN plan_limits p ON p.name = l.name WHERE l.tier = t.code),
		'products', coalesce((SELECT json_agg(json_build_object('store', s.store, 'product_id', s.product_id,
					'period', s.period) ORDER BY s.store, s.product_id)
			     FROM tier_products s WHERE s.tier = t.code), '[]')) ORDER BY t.rank) AS results
  FROM tiers t
  JOIN tier_texts e ON (e.tier, e.language) = (t.code, 'en')
  LEFT JOIN LATERAL (SELECT o.name, o.description FROM tier_texts o
	 WHERE o.tier = t.code AND starts_with(lower(:language) || '-', lower(o.language) || '-')
	 ORDER BY length(o.language) DESC LIMIT 1) x ON true

-- name: subscription_get
-- The caller's plan, what they have of what it bounds, and what the next tier allows.
WITH plan AS MATERIALIZED (
	SELECT coalesce(p.tier, hob.first_tier()) AS tier, p.source, p.status, p.ends_at
	  FROM (SELECT) one LEFT JOIN plans p ON p.user_id = hob.user_id()
), above AS MATERIALIZED (
	SELECT n.code FROM tiers n
	 WHERE n.rank > (SELECT t.rank FROM plan p JOIN tiers t ON t.code = p.tier) ORDER BY n.rank LIMIT 1
), used AS MATERIALIZED (
	SELECT u.about, json_agg(json_build_object('limit', u.name, 'used', hob.used_now(u), 'max', u.most,
		'next_max', n.most) ORDER BY p.position) AS limits
	  FROM usage u
	  JOIN plan_limits p ON p.name = u.name
	  LEFT JOIN tier_limits n ON n.name = u.name AND n.tier = (SELECT a.code FROM above a)
	 WHERE u.about = hob.user_id() OR u.about = ANY (:mine)
	 GROUP BY u.about
)
SELECT plan.tier, plan.source, plan.status, plan.ends_at, (SELECT a.code FROM above a) AS next_tier,
       (SELECT u.limits FROM used u WHERE u.about = hob.user_id()) AS limits,
       (SELECT coalesce(json_agg(json_build_object('id', r.id, 'name', r.name, 'limits', u.limits)
		ORDER BY r.name COLLATE hob.alphabet, r.id), '[]')
	  FROM residences r JOIN used u ON u.about = r.id
	 WHERE r.owner_id = hob.user_id() AND r.deleted_at IS NULL) AS residences
  FROM plan
