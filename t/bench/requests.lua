-- requests.lua: what wrk sends: one kind of request, in turn for many users.
--
--   wrk -s requests.lua URL -- KIND TOKENS FIRST LAST
--
-- A line of the file TOKENS has a token, its user's id and a residence of that user's
-- (`hob seed --bulk`). Requests are made once, so that wrk itself costs little.

local function get(path)
	return function(token)
		return wrk.format("GET", path, { Authorization = "Token " .. token })
	end
end

local function create(token, residence)
	return wrk.format("POST", "/api/tasks", {
		Authorization = "Token " .. token,
		["Content-Type"] = "application/json",
	}, string.format([[{"residence_id":"%s",]]
		.. [["title":"Clean the gutters","description":"Bring the long ladder.",]]
		.. [["category":"exterior","priority":"high","due_on":"2027-05-14",]]
		.. [["estimated_cost":"25.00"}]], residence))
end

local kinds = {
	plain = function() return wrk.format("GET", "/plain") end,
	livez = function() return wrk.format("GET", "/livez") end,
	me = get("/api/auth/me"),
	residences = get("/api/residences"),
	board = get("/api/tasks/kanban"),
	create = create,
}

local requests, at = {}, 0

function init(args)
	local make = assert(kinds[args[1]], "no such kind of request")
	local first, last, n = tonumber(args[3]), tonumber(args[4]), 0

	for line in io.lines(args[2]) do
		local token, residence = line:match("^(%S+) %S+ (%S+)")
		n = n + 1
		if n >= first and n <= last then
			requests[#requests + 1] = make(token, residence)
		end
	end
	assert(#requests > 0, "no tokens between FIRST and LAST")
	math.randomseed(os.time() + tonumber(tostring(requests):match("0x(%x+)"), 16) % 1000000)
	at = math.random(#requests) - 1
end

function request()
	at = at % #requests + 1
	return requests[at]
end

function done(summary, latency)
	local e = summary.errors

	io.write(string.format('result {"count":%d,"seconds":%f,"refused":%d,"broken":%d,'
		.. '"p50_us":%d,"p99_us":%d,"bytes":%d}\n',
		summary.requests, summary.duration / 1e6, e.status,
		e.connect + e.read + e.write + e.timeout,
		latency:percentile(50), latency:percentile(99), summary.bytes))
end
