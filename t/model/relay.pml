/*
 * relay.pml: the relay of a host, and the clock by which its lease ends; a part of coherence.pml.
 */

/* What others publish becomes bumps here. It loses its connection once, and all that was on it. */
proctype relay(byte h)
{
	byte what, upto, s;
	bool lost_once;
#ifdef LEASE
	byte at;
	bool asked;
#endif
end:	do
#ifdef LEASE
#ifdef LEASE_BY_OWN_CLOCK
	:: h > 0 && lease[h] != now -> lease[h] = now
#else
	:: h > 0 && subscribed[h] && !asked && lease[h] != now ->
		at = now;
		atomic { heard_by[h]!PONG, at; asked = true; at = 0 }
#endif
#endif
	:: heard_by[h]?what, upto ->
		if
#ifdef LEASE
		:: what == PONG -> lease[h] = upto; upto = 0; asked = false
#endif
		:: what == KEY -> bump(h, s)
		:: what == ALL -> epoch[h]++
		fi;
		d_step {
#if HOSTS > 1
			if
			:: h > 0 -> RAISE(due[h], upto)
			:: else
			fi;
#endif
			what = 0; upto = 0
		}
#ifndef STEADY
	:: h > 0 && !lost_once ->
		atomic {
			lost_once = true;
			subscribed[h] = false;
			do
			:: heard_by[h]?what, upto
			:: empty(heard_by[h]) -> break
			od;
			what = 0; upto = 0
#ifdef LEASE
			; asked = false
#endif
		}
		epoch[h]++;
#ifdef LEASE
		at = now;
#endif
#ifdef EPOCH_BEFORE_SUBSCRIBE
		upto = covered;
		epoch[h]++;
		d_step { subscribed[h] = true; upto = covered }
#else
		d_step { subscribed[h] = true; upto = covered }
		epoch[h]++;
#endif
		d_step {
#if HOSTS > 1
			if
			:: h > 0 -> RAISE(due[h], upto)
			:: else
			fi;
#endif
			upto = 0
		}
#ifdef LEASE
		d_step { lease[h] = at; at = 0 }
#endif
#endif
	od
}

#ifdef LEASE
/* What was told before the last tick but one is due everywhere, whoever was stopped. */
proctype ticks()
{
	do
	:: now < TICKS -> d_step { now++; RAISE(due[HOSTS - 1], told_before); told_before = told }
	:: else -> break
	od
}
#endif
