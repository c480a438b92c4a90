/*
 * coherence.pml: no reader sees what a writer on its host has already changed.
 *
 * One key, one database row, one Redis, one or two hosts; README.md says what stands
 * for what, and which variants must fail. A value is the number of the write that made it,
 * so "old" is "smaller". Every load, store and Redis command is a step of its own, unless it
 * is atomic in the real one too. Redis may refuse any command of anybody.
 *
 * READS, READERS, WRITERS, LOSSES and HOSTS give the size; NO_DEATH, REACHED (Redis answers
 * writers), STEADY (the relay keeps its connection) and DISCONNECTED (the first host has no relay)
 * leave something out. LEASE has a clock tick, TICKS times: a relay may be stopped for any
 * time, and a reader answers nothing from its cache once its host's lease is older than a tick.
 */
#ifndef HOSTS
#define HOSTS 1
#endif
#ifndef READERS
#define READERS 2
#endif
#ifndef READS
#define READS 2
#endif
#ifndef WRITERS
#define WRITERS 1
#endif
#ifndef LOSSES
#define LOSSES 1
#endif
#ifdef TOMBSTONE_STAYS
#define EVICTABLE (kind > TOMBSTONE)
#else
#define EVICTABLE (kind != NOTHING)
#endif
#define BUSY(h) (debts[h] != repaid[h])
#ifndef TICKS
#define TICKS 2
#endif
#if !defined(LEASE) || defined(NO_LEASE)
#define FRESH(h) true
#else
#define FRESH(h) (h == 0 || now - lease[h] <= 1)
#endif
#ifdef NO_DEATH
#define MAY_DIE skip
#else
#define MAY_DIE if :: true -> goto dies :: true fi
#endif
#define RAISE(x, to) if :: x < to -> x = to :: else fi

/* The shared block of each host. */
byte clock[HOSTS], slot[HOSTS], epoch[HOSTS], debts[HOSTS], repaid[HOSTS];

byte row;			/* the database */
#ifdef LOGIN
bool made, refused;		/* a session that begins; the first write ends it, or refuses it */
#endif

/* Redis: under the key is nothing, a tombstone, a reader's claim or a value with its era. */
#define NOTHING 0
#define TOMBSTONE 1
#define CLAIM 2
#define VALUE 3
byte kind = VALUE, value, era_of = 1, owner;
byte era = 1;			/* 0: lost */
byte last_era = 1;
#ifdef SNAPSHOT
byte s_kind, s_value, s_era_of, s_owner, s_era;
#endif

#define ALL 0			/* every key: '*' */
#define KEY 1
#define PONG 2			/* the answer to a ping, with the time when that was sent */
chan heard_by[HOSTS] = [4] of { byte, byte };
bool subscribed[HOSTS] = true;

/* What nobody in the real one knows: what a read that begins now must at least see. */
byte due[HOSTS];
byte covered;			/* Redis holds nothing older that counts */
#ifdef LEASE
byte now, lease[HOSTS];
byte told, told_before;		/* published by now, and a tick ago */
#endif
#ifdef NX_FILL
byte oldest[2];			/* the row when the read in progress began; 255: none */
byte buried;			/* the row when the tombstone was set */
#endif

inline bump(h, s)
{
	d_step { clock[h]++; s = clock[h] }
#ifdef NO_MAX
	slot[h] = s;
#else
	d_step { RAISE(slot[h], s) }
#endif
	s = 0
}

/* To whoever is subscribed at this moment. */
inline publish(what, upto, i)
{
	atomic {
		i = 0;
#ifdef LEASE
		RAISE(told, upto);
#endif
		do
		:: i < HOSTS ->
			if
			:: subscribed[i] -> heard_by[i]!what, upto
			:: !subscribed[i]
			fi;
			i++
		:: else -> break
		od;
		i = 0
	}
}

/* A worker that reads the key again and again: its own cache, Redis, the database. */
proctype reader(byte me; byte h)
{
	byte n, floor, v, e;			/* e: the era it may fill for, 0: none */
	byte at_clock, at_epoch;		/* the stamp */
	bool cached, claimed, found;
	byte c_value, c_clock, c_epoch;

#ifdef LOGIN
	if
	:: made
	:: refused -> goto over
	fi;
#endif
	do
	:: n < (me == 0 -> 1 : READS) ->
		atomic {
			n++;
			floor = due[h];
#ifdef NX_FILL
			oldest[me] = row;
#endif
			if
			:: cached && slot[h] <= c_clock && epoch[h] == c_epoch && FRESH(h) ->
				assert(c_value >= floor);
#ifdef NEVER_HIT_LATE
				assert(!(now == TICKS && floor > 0));
#endif
#ifdef NEVER_HIT
				assert(!(floor > 0));
#endif
				floor = 0;
				goto done
			:: else -> cached = false; c_value = 0; c_clock = 0; c_epoch = 0
			fi
		}
#ifndef STAMP_WHEN_STORING
		at_clock = clock[h];
		at_epoch = epoch[h];
#endif
		if
#ifdef OWED_ASKED_LATE
		:: true ->
#else
		:: !BUSY(h) && FRESH(h) ->
#endif
#ifdef SNAPSHOT
			atomic {	/* one connection, which no restart survives */
#endif
			e = era;
			if
			:: e == 0 ->
				d_step {
					if
					:: era == 0 -> last_era++; era = last_era
					:: else
					fi
				}
			:: else ->
				atomic {
					if
					:: kind == VALUE && era_of == e -> v = value; found = true
#ifndef NX_FILL
					:: kind == NOTHING -> kind = CLAIM; owner = me; claimed = true
					:: kind == VALUE && era_of != e ->
						kind = CLAIM; owner = me; claimed = true;
						value = 0; era_of = 0
#endif
					:: else
					fi
				}
			fi
#ifdef SNAPSHOT
			}
#endif
		:: true					/* owed, or out of reach */
		fi;
#ifdef OWED_ASKED_LATE
		if
		:: found && BUSY(h) -> found = false; v = 0
		:: else
		fi;
#endif
		if
		:: found
		:: else ->
			v = row;
			if
			:: e == 0
			:: e != 0 ->
				d_step {
					if
#ifdef NO_NX
					:: true ->
#elif defined(NX_FILL)
					:: kind == NOTHING || (kind == VALUE && era_of != e) ->
#else
					:: claimed && kind == CLAIM && owner == me ->
#endif
						kind = VALUE; value = v; era_of = e; owner = 0
					:: else
					fi
				}
			:: e != 0			/* out of reach */
			fi
		fi;
#ifdef STAMP_WHEN_STORING
		at_clock = clock[h];
		at_epoch = epoch[h];
#endif
		atomic {
			assert(v >= floor);
#ifdef NEVER_SHARED
			assert(!(found && v > 0));
#endif
			cached = true;
			c_value = v; c_clock = at_clock; c_epoch = at_epoch;
			v = 0; e = 0; at_clock = 0; at_epoch = 0; floor = 0;
			claimed = false; found = false
		}
done:	atomic {
#ifdef NX_FILL
			oldest[me] = 255;
#endif
			found = false
		}
	:: else -> break
	od;
#ifdef LOGIN
over:
#endif
	atomic {
		cached = false; c_value = 0; c_clock = 0; c_epoch = 0
	}
}

#ifdef LOGIN
/* Holds a row that the writer waits for, and commits before it, or comes too late. */
proctype login()
{
	d_step {
		if
		:: row == 0 -> made = true
		:: else -> refused = true
		fi
	}
}
#endif

/* One mutation, by a worker that may die after its commit. */
proctype writer(byte h)
{
	byte mine, s, i, upto;
#ifdef LOGIN
	bool named;
#endif

#ifdef BUMP_BEFORE_COMMIT
	bump(h, s);
#endif
#ifdef NAMED_BEFORE
	named = made;			/* in the snapshot of the statement, which then waits */
	d_step { row++; mine = row }
#elif defined(LOGIN)
	d_step { row++; mine = row; named = made }
#else
	d_step { row++; mine = row }
#endif
	MAY_DIE;
#ifdef BUMP_BEFORE_TOMBSTONE
	bump(h, s);
#endif
#ifdef LOGIN
	if				/* what was not named stays in Redis */
	:: named
	:: !named -> goto voided
	fi;
#endif
	if
	:: true -> d_step {
			kind = TOMBSTONE; value = 0; era_of = 0; owner = 0;
			covered = row; upto = row
#ifdef NX_FILL
			; buried = row
#endif
		}
		if
		:: true -> publish(KEY, upto, i)
#ifndef REACHED
		:: true -> goto failed
#endif
#ifndef NO_DEATH
		:: true -> goto dies
#endif
		fi
#ifndef REACHED
	:: true ->
failed:
#ifdef NO_OWED
		skip
#else
		debts[h]++
#endif
#endif
	fi;
#ifdef LOGIN
voided:
#endif
#if !defined(ASYNC_DELETE) && !defined(BUMP_BEFORE_COMMIT) && !defined(BUMP_BEFORE_TOMBSTONE)
	MAY_DIE;
	bump(h, s);
#endif
	goto answer;
dies:	/* The master, before it closes the client's connection. */
#ifdef EPOCH_BEFORE_OWED
	epoch[h]++;
	debts[h]++;
#else
	debts[h]++;
	epoch[h]++;
#endif
answer:
	atomic {
		RAISE(due[h], mine); mine = 0; s = 0; i = 0; upto = 0
#ifdef LOGIN
		; named = false
#endif
	}
}

/* Whoever finds that something is owed and reaches Redis; two may at once, and may fail half way. */
proctype payer(byte h)
{
	byte paying, upto, i;
end:	do
	:: BUSY(h) ->
		paying = debts[h];
#ifdef OWED_CLEARED_FIRST
		repaid[h] = paying;
#endif
		d_step { last_era++; era = last_era; covered = row; upto = row }
		publish(ALL, upto, i);
#ifdef NEVER_REPAID
		assert(false);
#endif
#ifndef OWED_CLEARED_FIRST
		d_step { RAISE(repaid[h], paying) }
#endif
		d_step { paying = 0; upto = 0 }
	od
}

#include "relay.pml"

/* Redis forgets: what it likes, when it likes. */
proctype redis()
{
	byte n;
end:	do
	:: d_step { n < LOSSES && EVICTABLE -> n++; kind = NOTHING; value = 0; era_of = 0; owner = 0 }
	:: n < LOSSES && era != 0 -> d_step { n++; era = 0 }
#ifdef NX_FILL
	/* It outlives every read that began before it. */
	:: d_step {
		kind == TOMBSTONE && oldest[0] >= buried && oldest[1] >= buried -> kind = NOTHING
	   }
#else
	:: d_step { kind == TOMBSTONE -> kind = NOTHING }
#endif
	od
}

#ifdef SNAPSHOT
/* Redis starts again from a file, with another run_id: an era is kept under that name. */
proctype restart()
{
	d_step { s_kind = kind; s_value = value; s_era_of = era_of; s_owner = owner; s_era = era }
	d_step {
		kind = s_kind; value = s_value; era_of = s_era_of; owner = s_owner;
#ifdef ERA_SURVIVES
		era = s_era;
#else
		era = 0;
#endif
		s_kind = 0; s_value = 0; s_era_of = 0; s_owner = 0; s_era = 0
	}
}
#endif

init {
	byte i;
	atomic {
#ifdef LOGIN
		kind = NOTHING; era_of = 0;	/* nobody knows the token yet */
		run login();
#else
		if
		:: true
		:: true -> kind = NOTHING; era_of = 0
		fi;
#endif
#ifdef NX_FILL
		for (i : 0 .. READERS - 1) { oldest[i] = 255 }
#endif
#ifdef LEASE
		i = 1;				/* who is on the writer's host has no lease to mind */
#else
		i = 0;
#endif
		do
		:: i < READERS -> run reader(i, i % HOSTS); i++
		:: else -> break
		od;
		i = 0;
		do
		:: i < WRITERS -> run writer(0); i++
		:: else -> break
		od;
#ifdef DISCONNECTED
		subscribed[0] = false;
		i = 1;
#else
		i = 0;
#endif
		do
		:: i < HOSTS -> run relay(i); i++
		:: else -> break
		od;
		run payer(0);
#ifdef TWO_PAYERS
		run payer(0);
#endif
		run redis();
#ifdef LEASE
		run ticks();
#endif
#ifdef SNAPSHOT
		run restart();
#endif
		i = 0
	}
}
