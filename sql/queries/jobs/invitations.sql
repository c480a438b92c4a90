-- The kind "invitation".

-- name: invitation_due
-- What the letter of an invitation says; nothing when it is not to be sent. Tells its reader, too.
SELECT address, language, who, home, role, until, date_us, _touch FROM hob.invitation_due(:id::uuid)
