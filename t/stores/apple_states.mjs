// apple_states.mjs: what becomes of an auto-renewable subscription at Apple's, and which notification tells of it.
// Nothing here is signed or sent; times are milliseconds.
//
// A subscription has a clock; what Apple does by itself (renew, try again, give up) happens when the clock is there.
import { DAY } from './clock.mjs';

export const STATUS = { active: 1, expired: 2, retry: 3, grace: 4, revoked: 5 };
const { active, expired, retry, grace, revoked } = STATUS;
/** expirationIntent, by the subtype of EXPIRED. */
const INTENT = { VOLUNTARY: 1, BILLING_RETRY: 2, PRICE_INCREASE: 3, PRODUCT_NOT_FOR_SALE: 4 };
const RETRY_MS = 60 * DAY;
const CONSENT = { pending: 0, given: 1 };

export const latest = (s) => s.transactions.at(-1);
export const isEntitled = (s) => s.status === active || s.status === grace;
export const entitledUntil = (s) => (s.status === grace ? s.graceUntil : latest(s).expiresDate);

/** A transaction of a period that begins at `purchaseDate`; appAccountToken stays that of the purchase. */
function begin(s, { product, purchaseDate, reason, user = latest(s)?.user }) {
	s.transactions.push({ id: s.newId(), webOrderLineItemId: s.newId(), product, user, purchaseDate, reason,
		expiresDate: purchaseDate + s.periodOf(product) });
	Object.assign(s, { status: active, renewProduct: product, intent: undefined, graceUntil: undefined,
		retryUntil: undefined, consent: undefined });
}

const renewal = (s, purchaseDate) => begin(s, { product: s.renewProduct, purchaseDate, reason: 'RENEWAL' });

function expire(s, subtype, at) {
	Object.assign(s, { status: expired, autoRenew: false, intent: INTENT[subtype], graceUntil: undefined });
	s.tell('EXPIRED', subtype, at);
}

function fail(s, at) {
	Object.assign(s, { intent: INTENT.BILLING_RETRY, retryUntil: at + RETRY_MS });
	if (s.graceMs > 0) {
		Object.assign(s, { status: grace, graceUntil: at + s.graceMs });
		s.tell('DID_FAIL_TO_RENEW', 'GRACE_PERIOD', at);
	} else {
		s.status = retry;
		s.tell('DID_FAIL_TO_RENEW', undefined, at);
	}
}

function endOfPeriod(s, at) {
	if (!s.autoRenew)
		expire(s, 'VOLUNTARY', at);
	else if (s.consent === CONSENT.pending)
		expire(s, 'PRICE_INCREASE', at);
	else if (!s.isForSale)
		expire(s, 'PRODUCT_NOT_FOR_SALE', at);
	else if (!s.isPaying)
		fail(s, at);
	else {
		renewal(s, at);
		s.tell('DID_RENEW', undefined, at);
	}
}

function endOfGrace(s, at) {
	if (!s.autoRenew)
		return expire(s, 'VOLUNTARY', at);
	Object.assign(s, { status: retry, graceUntil: undefined });
	return s.tell('GRACE_PERIOD_EXPIRED', undefined, at);
}

/** When a state ends by itself, and what comes of it. */
const ENDS = {
	[active]: { due: (s) => latest(s).expiresDate, end: endOfPeriod },
	[grace]: { due: (s) => s.graceUntil, end: endOfGrace },
	[retry]: { due: (s) => s.retryUntil, end: (s, at) => expire(s, 'BILLING_RETRY', at) },
};

/** Does all that is due by now. */
export function settle(s) {
	for (let at = ENDS[s.status]?.due(s); at <= s.clock.now(); at = ENDS[s.status]?.due(s))
		ENDS[s.status].end(s, at);
}

/** The clock goes to the end of what is now, unless it is past it. */
function reachEnd(s, changes = {}) {
	Object.assign(s, changes);
	s.clock.reach(ENDS[s.status].due(s));
}

/** Money comes after all: in grace the old day of renewal stays, later a period begins today. */
function recover(s) {
	s.isPaying = true;
	renewal(s, s.status === grace ? latest(s).expiresDate : s.clock.now());
	s.tell('DID_RENEW', 'BILLING_RECOVERY');
}

function cancel(s) {
	s.autoRenew = false;
	s.tell('DID_CHANGE_RENEWAL_STATUS', 'AUTO_RENEW_DISABLED');
	if (s.status === retry)
		expire(s, 'VOLUNTARY');
}

function takeBack(s, transaction, revocation, type) {
	Object.assign(transaction, { revocationDate: s.clock.now(), ...revocation });
	if (transaction === latest(s))
		Object.assign(s, { status: revoked, graceUntil: undefined });
	s.tell(type, undefined, undefined, transaction);
}

/** Of the latest period, or of an earlier one, which takes nothing away. */
function refund(s, { transactionId, reason = 0 } = {}) {
	const transaction = s.transactions.find(({ id }) => id === transactionId) ?? latest(s);

	takeBack(s, transaction, { revocationReason: reason, revocationType: 'REFUND_FULL',
		revocationPercentage: 100_000 }, 'REFUND');
	if (transaction === latest(s) && s.autoRenew) {
		s.autoRenew = false;
		s.tell('DID_CHANGE_RENEWAL_STATUS', 'AUTO_RENEW_DISABLED');
	}
}

function reverseRefund(s) {
	const { revocationDate, revocationReason, revocationType, revocationPercentage, ...kept } = latest(s);

	s.transactions.splice(-1, 1, kept);
	s.status = s.clock.now() < kept.expiresDate ? active : expired;
	s.tell('REFUND_REVERSED');
}

function upgrade(s, { product }) {
	latest(s).isUpgraded = true;
	begin(s, { product, purchaseDate: s.clock.now(), reason: 'PURCHASE' });
	s.autoRenew = true;
	s.tell('DID_CHANGE_RENEWAL_PREF', 'UPGRADE');
}

function resubscribe(s, { product = latest(s).product, user = latest(s).user } = {}) {
	begin(s, { product, user, purchaseDate: s.clock.now(), reason: 'PURCHASE' });
	Object.assign(s, { autoRenew: true, isPaying: true, isForSale: true });
	s.tell('SUBSCRIBED', 'RESUBSCRIBE');
}

function prefer(s, product, subtype) {
	s.renewProduct = product;
	s.tell('DID_CHANGE_RENEWAL_PREF', subtype);
}

function askConsent(s, consent, subtype) {
	s.consent = consent;
	s.tell('PRICE_INCREASE', subtype);
}

const renewing = (s) => s.status === active && s.autoRenew;
const owes = (s) => (s.status === grace || s.status === retry) && s.autoRenew;
const isShared = (s) => s.ownership === 'FAMILY_SHARED';
const reaching = (changes) => (s) => reachEnd(s, changes);

/** What a customer, a bank and Apple may do, and when. An act that needs the end of a period sets the clock there. */
export const ACTS = {
	renew: { can: (s) => renewing(s) && s.consent !== CONSENT.pending,
		act: reaching({ isPaying: true, isForSale: true }) },
	cancel: { can: (s) => s.autoRenew && s.status !== revoked && !isShared(s), act: cancel },
	enable: { can: (s) => !s.autoRenew && isEntitled(s),
		act(s) { s.autoRenew = true; s.tell('DID_CHANGE_RENEWAL_STATUS', 'AUTO_RENEW_ENABLED'); } },
	expire: { can: (s) => s.status === active && !s.autoRenew, act: reaching({}) },
	withdraw: { can: (s) => renewing(s) && s.consent !== CONSENT.pending, act: reaching({ isForSale: false }) },
	billingRetry: { can: (s) => renewing(s) && s.consent !== CONSENT.pending && s.isForSale,
		act: reaching({ isPaying: false, graceMs: 0 }) },
	grace: { can: (s) => renewing(s) && s.consent !== CONSENT.pending && s.isForSale,
		act: (s, { days = 16 } = {}) => reachEnd(s, { isPaying: false, graceMs: days * DAY }) },
	graceEnds: { can: (s) => s.status === grace, act: reaching({}) },
	giveUp: { can: (s) => s.status === retry, act: reaching({}) },
	recover: { can: owes, act: recover },
	refund: { can: (s) => !isShared(s) && s.status !== revoked, act: refund },
	reverseRefund: { can: (s) => s.status === revoked && !isShared(s), act: reverseRefund },
	revoke: { can: (s) => isShared(s) && s.status !== revoked && s.status !== expired,
		act: (s) => takeBack(s, latest(s), { revocationReason: 0, revocationType: 'FAMILY_REVOKE' },
			'REVOKE') },
	upgrade: { can: (s) => s.status === active && !isShared(s), act: upgrade },
	downgrade: { can: renewing, act: (s, { product }) => prefer(s, product, 'DOWNGRADE') },
	keepPlan: { can: (s) => renewing(s) && s.renewProduct !== latest(s).product,
		act: (s) => prefer(s, latest(s).product) },
	resubscribe: { can: (s) => s.status === expired || s.status === revoked, act: resubscribe },
	priceIncrease: { can: (s) => renewing(s) && s.consent === undefined,
		act: (s) => askConsent(s, CONSENT.pending, 'PENDING') },
	consent: { can: (s) => renewing(s) && s.consent === CONSENT.pending,
		act: (s) => askConsent(s, CONSENT.given, 'ACCEPTED') },
	refuse: { can: (s) => renewing(s) && s.consent === CONSENT.pending, act: reaching({}) },
	extend: { can: (s) => s.status === active,
		act(s, { days = 30 } = {}) { latest(s).expiresDate += days * DAY; s.tell('RENEWAL_EXTENDED'); } },
};

/**
 * A new subscription, which `tell(type, subtype, at, transaction)` tells of. `id` is its first transaction's, which
 * newId() makes; periodOf(product) is in milliseconds.
 */
export function subscribe({ product, user, tell, newId, ...s }) {
	Object.assign(s, { transactions: [], newId, autoRenew: true, isPaying: true, isForSale: true, graceMs: 0,
		tell: (...words) => tell(s, ...words) });
	s.start = s.clock.now();
	begin(s, { product, user, purchaseDate: s.start, reason: 'PURCHASE' });
	s.id = latest(s).id;
	s.tell('SUBSCRIBED', 'INITIAL_BUY');
	return s;
}
