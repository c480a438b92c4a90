-- The kinds "apple_purchase", "google_purchase", "google_acknowledge", "google_push" and "keep_purchases".

-- name: purchase_due
-- What a store is to be asked for; nothing when the purchase is gone.
SELECT environment, subscription_id, product_id, asked_ms FROM hob.purchase_due(:purchase::uuid)

-- name: purchase_told
-- Writes what the store has said; one row.
SELECT unsold, _touch FROM hob.purchase_told(:purchase::uuid, :named, hob.of_ms(to_jsonb(:asked_ms::bigint)), :said::jsonb)

-- name: purchase_unknown
-- The store does not know the purchase; one row.
SELECT _touch FROM hob.purchase_unknown(:purchase::uuid)

-- name: purchase_aside
-- Nothing of the purchase counts here; one row.
SELECT _touch FROM hob.purchase_aside(:purchase::uuid)

-- name: sandbox_ask
-- Asks again for purchases of sandboxes that count otherwise than they do by now; one row.
SELECT hob.ask_sandboxes(:lifts::bool)

-- name: google_push_due
-- The token of a push that is not judged yet, and for how long it has been here; nothing when it is.
SELECT token, age_ms FROM hob.google_push_due(:event::uuid)

-- name: google_push_judge
-- Notes whether a push is Google's; one row.
SELECT hob.judge_google_push(:event::uuid, :good::bool)

-- name: purchases_keep
-- Asks for purchases whose jobs were lost, and removes those of nobody; how many, one row.
SELECT lost, gone FROM hob.keep_purchases()
