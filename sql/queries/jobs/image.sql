-- The kind "image".

-- name: image_due
-- Where the bytes of a file are, and what they are said to be; nothing when it is done, or the file is gone.
SELECT key, store, host, media_type FROM hob.image_due(:id::uuid)

-- name: image_note
-- Copies are going to be put under these keys; one row.
SELECT hob.note_bytes(:keys::text[], :store, :host)

-- name: image_done
-- Ends it with these copies, or with a reason why there are none; nothing when nobody waits for them any more.
SELECT _touch, removable FROM hob.image_done(:id::uuid, :sent, :copies::jsonb, :reason)
