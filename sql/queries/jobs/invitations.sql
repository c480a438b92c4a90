-- The kind "invitation".

-- name: invitation_due
-- What the letter of an invitation says; nothing when it is over. Tells its reader, too, whom no mail tells without an
-- address.
SELECT address, language, who, home, role, until, date_us, _touch FROM hob.invitation_due(:id::uuid)
