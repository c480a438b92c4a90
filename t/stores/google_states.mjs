// google_states.mjs: what becomes of a subscription at Google Play, and which notification tells of it. Nothing here
// is signed or sent; times are milliseconds.
//
// A purchase has a token; an upgrade, a downgrade or a new subscription is another purchase, which names the one that
// it replaces. It has a clock; what Google does by itself happens when the clock is there.
import { DAY } from './clock.mjs';

/** notificationType of a SubscriptionNotification. */
export const RTDN = {
	RECOVERED: 1, RENEWED: 2, CANCELED: 3, PURCHASED: 4, ON_HOLD: 5, IN_GRACE_PERIOD: 6, RESTARTED: 7, DEFERRED: 9,
	PAUSED: 10, PAUSE_SCHEDULE_CHANGED: 11, REVOKED: 12, EXPIRED: 13, ITEMS_CHANGED: 17, PRICE_CHANGE_UPDATED: 19,
	PENDING_PURCHASE_CANCELED: 20,
};
const HOLD_MS = 30 * DAY;
const ACKNOWLEDGE_MS = 3 * DAY;
const ENTITLED = ['ACTIVE', 'IN_GRACE_PERIOD', 'CANCELED'];

export const isEntitled = (p) => ENTITLED.includes(p.state);
const now = (p) => p.clock.now();

/** A period of `product` begins; the order gets a number more, as Google counts renewals: GPA...0, ..1. */
function begin(p, product, from, order) {
	Object.assign(p, { product, expires: from + p.periodOf(product), state: 'ACTIVE', cancel: undefined,
		deferredTo: undefined, priceChange: undefined, holdUntil: undefined, resumeAt: undefined, order });
}

function renew(p, from, type, at) {
	const product = p.deferredTo ?? p.product, isChanged = product !== p.product;

	p.renewals += 1;
	begin(p, product, from, `${p.firstOrder}..${p.renewals - 1}`);
	p.tell(type, at);
	if (isChanged)
		p.tell('ITEMS_CHANGED', at);
}

function cancelBy(p, by, at = now(p)) {
	Object.assign(p, { state: 'CANCELED', cancel: { by, at }, pauseMs: undefined });
	p.tell('CANCELED', at);
}

function expire(p, at = now(p), cancel = p.cancel) {
	Object.assign(p, { state: 'EXPIRED', cancel, expires: Math.min(p.expires ?? at, at) });
	p.tell('EXPIRED', at);
}

function hold(p, at) {
	Object.assign(p, { state: 'ON_HOLD', expires: at, holdUntil: at + HOLD_MS, resumeAt: undefined });
	p.tell('ON_HOLD', at);
}

function giveUp(p, at) {
	cancelBy(p, 'system', at);
	expire(p, at);
}

function pause(p, at) {
	Object.assign(p, { state: 'PAUSED', resumeAt: at + p.pauseMs, pauseMs: undefined });
	p.tell('PAUSED', at);
}

/** In grace the time of expiry is that of the grace. */
function fail(p, at) {
	if (p.graceMs === 0)
		return hold(p, at);
	Object.assign(p, { state: 'IN_GRACE_PERIOD', dueSince: at, expires: at + p.graceMs });
	return p.tell('IN_GRACE_PERIOD', at);
}

function endOfPeriod(p, at) {
	if (p.isPrepaid)
		expire(p, at);
	else if (p.pauseMs !== undefined)
		pause(p, at);
	else if (p.priceChange === 'OUTSTANDING')
		giveUp(p, at);
	else if (!p.isPaying)
		fail(p, at);
	else
		renew(p, at, 'RENEWED', at);
}

/** When a state ends by itself, and what comes of it. */
const ENDS = {
	ACTIVE: { due: (p) => p.expires, end: endOfPeriod },
	IN_GRACE_PERIOD: { due: (p) => p.expires, end: hold },
	ON_HOLD: { due: (p) => p.holdUntil, end: giveUp },
	PAUSED: { due: (p) => p.resumeAt, end: (p, at) => (p.isPaying ? renew(p, at, 'RECOVERED', at) : hold(p, at)) },
	CANCELED: { due: (p) => p.expires, end: (p, at) => expire(p, at) },
};

/** Does all that is due by now. */
export function settle(p) {
	for (let at = ENDS[p.state]?.due(p); at <= now(p); at = ENDS[p.state]?.due(p))
		ENDS[p.state].end(p, at);
}

/** The clock goes to the end of what is now, unless it is past it. */
function reachEnd(p, changes = {}) {
	Object.assign(p, changes);
	p.clock.reach(ENDS[p.state].due(p));
}

/** A bill that is paid in grace leaves the day of renewal as it was; out of hold or a pause a period begins today. */
function recover(p) {
	p.isPaying = true;
	if (p.state === 'IN_GRACE_PERIOD')
		renew(p, p.dueSince, 'RENEWED', now(p));
	else
		renew(p, now(p), 'RECOVERED', now(p));
}

function cancel(p, { by = 'user' } = {}) {
	const isOver = p.expires <= now(p);

	cancelBy(p, by);
	if (isOver)
		expire(p);
}

function revoke(p) {
	Object.assign(p, { state: 'EXPIRED', expires: Math.min(p.expires, now(p)) });
	p.tell('REVOKED');
	p.void(p.order);
}

/** The purchase that this one is in the place of is over. */
function replace(p) {
	const old = p.replaces;

	if (old !== undefined && old.state !== 'EXPIRED')
		expire(old, now(old), { by: 'replacement', at: now(old) });
}

function start(p) {
	p.start = now(p);
	begin(p, p.product, p.start, p.firstOrder);
	replace(p);
	p.tell('PURCHASED');
}

/** From the next renewal on it is `product`; the purchase is another from today on. */
function defer(p) {
	const old = p.replaces;

	Object.assign(p, { start: now(p), state: 'ACTIVE', product: old.product, expires: old.expires,
		deferredTo: p.product, order: p.firstOrder });
	replace(p);
	p.tell('PURCHASED');
}

const next = (p, options) => p.buyNext({ user: p.user, product: p.product, ...options });
const upgrade = (p, options) => next(p, { replaces: p, ...options });
const downgrade = (p, { product }) => next(p, { replaces: p, product, isDeferred: true });

/** Before the end it replaces what is cancelled; after it, from the Play Store, it only says what was before. */
function resubscribe(p, options = {}) {
	if (p.state === 'CANCELED')
		return next(p, { replaces: p, ...options });
	return next(p, { expired: p, ...options, user: undefined });
}

function askPrice(p, state) {
	p.priceChange = state;
	p.tell('PRICE_CHANGE_UPDATED');
}

const is = (...states) => (p) => states.includes(p.state);
const reaching = (changes) => (p) => reachEnd(p, changes);
const renewing = (p) => p.state === 'ACTIVE' && !p.isPrepaid && p.pauseMs === undefined
	&& p.priceChange !== 'OUTSTANDING';

/** What a customer, a bank and Google may do, and when. An act that needs the end of a period sets the clock there. */
export const ACTS = {
	renew: { can: renewing, act: reaching({ isPaying: true }) },
	cancel: { can: is('ACTIVE', 'IN_GRACE_PERIOD', 'ON_HOLD', 'PAUSED'), act: cancel },
	restart: { can: (p) => p.state === 'CANCELED' && p.cancel.by === 'user',
		act(p) { Object.assign(p, { state: 'ACTIVE', cancel: undefined }); p.tell('RESTARTED'); } },
	expire: { can: is('CANCELED'), act: reaching({}) },
	grace: { can: renewing, act: (p, { days = 7 } = {}) => reachEnd(p, { isPaying: false, graceMs: days * DAY }) },
	graceEnds: { can: is('IN_GRACE_PERIOD'), act: reaching({}) },
	hold: { can: renewing, act: reaching({ isPaying: false, graceMs: 0 }) },
	giveUp: { can: is('ON_HOLD'), act: reaching({}) },
	recover: { can: is('IN_GRACE_PERIOD', 'ON_HOLD'), act: recover },
	planPause: { can: (p) => renewing(p) && p.deferredTo === undefined,
		act(p, { days = 30 } = {}) { p.pauseMs = days * DAY; p.tell('PAUSE_SCHEDULE_CHANGED'); } },
	pause: { can: (p) => p.state === 'ACTIVE' && p.pauseMs !== undefined, act: reaching({}) },
	resume: { can: is('PAUSED'), act: recover },
	resumeFails: { can: is('PAUSED'), act: reaching({ isPaying: false }) },
	defer: { can: (p) => renewing(p) && p.deferredTo === undefined,
		act(p, { days = 30 } = {}) { p.expires += days * DAY; p.tell('DEFERRED'); } },
	refund: { can: is('ACTIVE', 'CANCELED', 'IN_GRACE_PERIOD', 'EXPIRED'), act: (p) => p.void(p.order) },
	revoke: { can: is('ACTIVE', 'CANCELED', 'IN_GRACE_PERIOD'), act: revoke },
	upgrade: { can: is('ACTIVE', 'IN_GRACE_PERIOD', 'CANCELED'), act: upgrade },
	downgrade: { can: (p) => renewing(p) && p.deferredTo === undefined, act: downgrade },
	resubscribe: { can: (p) => is('CANCELED', 'EXPIRED')(p) && p.cancel?.by !== 'replacement', act: resubscribe },
	complete: { can: is('PENDING'), act: start },
	abandon: { can: is('PENDING'),
		act(p) { p.state = 'PENDING_PURCHASE_CANCELED'; p.tell('PENDING_PURCHASE_CANCELED'); } },
	/** Who does not acknowledge a purchase in three days loses it. */
	forgetToAcknowledge: { can: (p) => is('ACTIVE', 'CANCELED')(p) && !p.acknowledged
			&& now(p) < p.start + ACKNOWLEDGE_MS && p.start + ACKNOWLEDGE_MS < p.expires,
		act(p) { p.clock.reach(p.start + ACKNOWLEDGE_MS); revoke(p); } },
	priceIncrease: { can: (p) => renewing(p) && p.priceChange === undefined,
		act: (p) => askPrice(p, 'OUTSTANDING') },
	consent: { can: (p) => p.state === 'ACTIVE' && p.priceChange === 'OUTSTANDING',
		act: (p) => askPrice(p, 'CONFIRMED') },
	refuse: { can: (p) => p.state === 'ACTIVE' && p.priceChange === 'OUTSTANDING' && p.pauseMs === undefined,
		act: reaching({}) },
};

/**
 * A new purchase, which `tell(type, at)` and `void(order)` tell of: in the place of the purchase `replaces` (at its
 * next renewal: isDeferred), after the purchase `expired`, or pending until it is paid; of one period alone
 * when it isPrepaid.
 */
export function purchase({ tell, voided, isPending, isDeferred, ...p }) {
	Object.assign(p, { renewals: 0, isPaying: true, graceMs: 0, acknowledged: false, state: 'PENDING',
		tell: (type, at) => tell(p, type, at), void: (order) => voided(p, order) });
	if (isDeferred)
		defer(p);
	else if (!isPending)
		start(p);
	return p;
}
