# read_calendar.py: what python3-icalendar makes of the calendar on standard input, as JSON.
import json
import sys

from icalendar import Calendar

calendar = Calendar.from_ical(sys.stdin.buffer.read())
events = []
for event in calendar.walk():
    if event.name not in ("VEVENT", "VTODO"):
        continue
    start = event.get("dtstart")
    events.append({
        "uid": str(event["uid"]),
        "summary": str(event["summary"]),
        "description": str(event["description"]) if "description" in event else None,
        "start": start.to_ical().decode() if start is not None else None,
        "rule": event["rrule"].to_ical().decode() if "rrule" in event else None,
    })
    if event.errors:
        sys.exit(f"{event['uid']}: {event.errors}")
json.dump({"name": str(calendar.get("x-wr-calname", "")), "events": events}, sys.stdout)
