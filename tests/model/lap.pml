/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Does the lap lose, replay or leave behind anything? The tool of
 * src/queue/lap.c (same names, same steps), the driver of Linux and the ITS,
 * every interleaving of them; docs/append.md explains the protocol and what
 * is assumed. tests/model/run checks the configurations, tests/model/mutations
 * lists the changes that must make the check fail.
 *
 * Configuration (-D):
 *   S, N, P     slots of the ring (4 to 8), payload commands of a run, posts of the driver
 *   ONE_SLOT    the driver posts without SYNC; otherwise 1 or 2 slots, as it likes
 *   WAITS       the driver waits for its range after each post, as the caller of a post does
 *   SYNC_ITS    the ITS executes inside the CWRITER write (QEMU, KVM); otherwise on its own
 *   FETCH       the ITS holds a copy of the command for a time before it moves CREADR
 *   KILL        the tool may be killed at every step
 *   KILL_EARLY  also between the CWRITER write and the ITS's first step
 *   RUNS        runs of the tool, one after the other
 *   HANDLER     posts (of 1 or 2 slots) that no break holds back: interrupt handlers, a CPU coming online
 *   STALL       the ITS stalls on the first payload command
 *   DEATH       the ITS may stop for ever at every step
 *   SLOW        the waits outside the first slots may time out although the ITS goes on
 */
#ifndef S
#define S 8
#endif
#ifndef N
#define N 2
#endif
#ifndef P
#define P 2
#endif
#ifndef RUNS
#define RUNS 1
#endif
#ifndef HANDLER
#define HANDLER 0
#endif
#ifndef FIRST_SLOTS
#define FIRST_SLOTS 3
#endif

/* What a slot holds. Tagged words carry the driver's write pointer, as DW3 does. */
#define OLD		0		/* history: to execute it is the disaster */
#define HALF		1		/* a slot that the driver has cleared and not yet built */
#define HALF_HANDLER	2		/* the same by a handler */
#define DRIVER_SYNC	3
#define COMMAND		4		/* + number of the driver's post */
#define HANDLED		16		/* + number of the handler's post */
#define TAGGED		64
#define FILLER(w)	(64 + (w))
#define PAYLOAD(i, w)	(128 + (i) * 8 + (w))	/* i: 0..7 payload of the runs, 8..15 handlers' commands again */
#define TAG(v)		((v) % 8)
#define NUMBER(v)	(((v) - 128) / 8)
#define IS_HANDLED(v)	((v) >= HANDLED && (v) < HANDLED + 8)

#define NEXT(s)			(((s) + 1) % S)
#define DISTANCE(from, to)	(((to) + S - (from)) % S)

/* The hardware. */
byte slot[S];
byte CWRITER, CREADR;
bool stalled, dead;
bool fetched;				/* the ITS executes a command; CREADR still points at it */
/* The driver. */
byte w;					/* its cached cmd_write */
bool lock;				/* its raw spinlock, with interrupts off */
bool in_post;				/* a CPU that a break would hold is in a post */
bool driver_done, handlers_done;
/* The break: every CPU runs a thread of the tool. */
bool brk;
bool early;				/* a handler's post that had begun before slot W was filled */
bool tool_done, killed;
bool reported_lost;			/* the tool said that a handler's command may be lost */
/* What was executed, and what the tool said about it. */
byte executed;				/* driver's commands; they must come in order */
byte handled[4];
byte payload[8];
mtype = { NOT_RUN, EXECUTED, UNCERTAIN, REFUSED, KILLED };
mtype verdict[8] = NOT_RUN;

/*
 * The ITS.
 */
inline execute(v)
{
	assert(v != OLD && v != HALF);
	if
	:: v >= 128 && NUMBER(v) >= 8 -> handled[NUMBER(v) - 8]++
	:: v >= 128 && NUMBER(v) < 8 -> payload[NUMBER(v)]++
	:: IS_HANDLED(v) -> handled[v - HANDLED]++
	:: v >= COMMAND && v < HANDLED ->
		assert(v - COMMAND == executed);
		executed++
	:: else
	fi
}

#ifdef STALL
#define IS_BAD(v) ((v) >= 128 && NUMBER(v) == STALL)
#else
#define IS_BAD(v) false
#endif

inline its_step(v)
{
	if
	:: IS_BAD(v) -> stalled = true
	:: else -> execute(v); CREADR = NEXT(CREADR)
	fi
}

/* A write with the Retry bit set or not. */
inline write_cwriter(value, retry)
{
	atomic {
		CWRITER = value;
		if
		:: retry -> stalled = false
		:: else
		fi;
#ifdef SYNC_ITS
		do
		:: CREADR != CWRITER && !stalled && !dead -> its_step(slot[CREADR])
		:: else -> break
		od
#endif
	}
}

#ifndef SYNC_ITS
active proctype its()
{
	byte v;

end:	do
#ifdef FETCH
	:: atomic { CREADR != CWRITER && !stalled && !dead -> v = slot[CREADR]; fetched = true };
	   atomic { its_step(v); v = 0; fetched = false }
#else
	:: atomic { CREADR != CWRITER && !stalled && !dead -> its_step(slot[CREADR]) }
#endif
	od
}
#endif

#ifdef DEATH
active proctype reaper()
{
	dead = true
}
#endif

/*
 * The driver: its_send_single_command() of Linux. its_queue_full() spins for
 * up to 1 s; here for ever, so that a ring that stays full is a deadlock.
 */
inline allocate_and_build(half, command)
{
	if
	:: NEXT(w) != CREADR ->
		slot[w] = half;
		slot[w] = command;
		w = NEXT(w)
	:: dead && NEXT(w) == CREADR	/* dropped after 1 s */
	fi
}

inline post(half, command)
{
	allocate_and_build(half, command);
#ifndef ONE_SLOT
	if
	:: true -> allocate_and_build(half, DRIVER_SYNC)
	:: true
	fi;
#endif
	write_cwriter(w, false)
}

active proctype driver()
{
	byte j, from, to;

	do
	:: j < P ->
		atomic { !brk && !lock -> lock = true; in_post = true }
		post(HALF, COMMAND + j);
		d_step { from = CREADR; to = w; lock = false; in_post = false }
#ifdef WAITS
		/* its_wait_for_range_completion(): what it says must be true. */
		atomic {
			(DISTANCE(from, CREADR) >= DISTANCE(from, to) || executed > j);
			assert(executed > j)
		}
#endif
		d_step { from = 0; to = 0; j++ }
	:: else -> break
	od;
	driver_done = true
}

active proctype handler()
{
	byte h;

	do
	:: h < HANDLER ->
		atomic { !lock -> lock = true }
		post(HALF_HANDLER, HANDLED + h);
		atomic { lock = false; early = false; h++ }
	:: else -> break
	od;
	handlers_done = true
}

/*
 * The tool. The steps have the names of src/queue/lap.c.
 */
#ifdef KILL
#define MAY_DIE	if :: goto dead_tool :: true fi
#else
#define MAY_DIE	skip
#endif
#ifdef KILL_EARLY
#define MAY_DIE_EARLY MAY_DIE
#else
#define MAY_DIE_EARLY skip
#endif
#ifdef SLOW
#define TIMED_OUT true
#else
#define TIMED_OUT dead
#endif

/* A break comes together while no CPU is in a post. */
#define PAUSE	atomic { !in_post -> brk = true }
#define RESUME	brk = false
#ifdef MUT_NO_FIRST_BREAK
#define PAUSE_FIRST skip
#else
#define PAUSE_FIRST PAUSE
#endif
#ifdef MUT_NO_SECOND_BREAK
#define PAUSE_SECOND skip
#else
#define PAUSE_SECOND PAUSE
#endif

/* Stalled is a bit of CREADR. */
#define READ_CREADR atomic { cr = CREADR; st = stalled }

/* CWRITER before and after CREADR: a pair that stood at one instant. */
inline read_pointers()
{
#ifdef MUT_CREADR_FIRST
	READ_CREADR;
	cw = CWRITER
#else
	do
	:: true ->
		cw = CWRITER;
		READ_CREADR;
		if
		:: CWRITER == cw -> break
		:: else
		fi
	od
#endif
}

inline settle()
{
	if
	:: CREADR == CWRITER
	:: stalled
	:: TIMED_OUT
	fi;
	read_pointers()
}

#define TAGGED_FOR(v, driver)	((v) >= TAGGED && TAG(v) == (driver))
#ifdef MUT_NO_FINISH_OLDER
#define IS_OLDER false
#elif defined(MUT_ONE_TAG)
#define IS_OLDER TAGGED_FOR(slot[cw], NEXT(cw))
#else
/* Two tags: after S-1 posts the driver stands at W-1 itself, and has overwritten slot W-2. */
#define IS_OLDER (TAGGED_FOR(slot[cw], NEXT(cw)) && TAGGED_FOR(slot[(cw + S - 1) % S], NEXT(cw)))
#endif

/* An earlier run was killed one slot short of the driver's pointer. */
inline finish_older()
{
	if
	:: IS_OLDER ->
		write_cwriter(NEXT(cw), false);
		settle()
	:: else
	fi
}

inline copy_ring()
{
	d_step {
		do
		:: i < S -> copy[i] = slot[i]; i++
		:: else -> i = 0; break
		od
	}
}

inline build_image()
{
	d_step {
		do
		:: i < S ->
			image[(W + i) % S] = ((i < n) -> PAYLOAD(first + i, W) : FILLER(W));
			if
			:: i < n && replaying && IS_HANDLED(saved[i]) ->
				image[(W + i) % S] = PAYLOAD(8 + saved[i] - HANDLED, W)
			:: i < n && replaying && !IS_HANDLED(saved[i]) -> image[(W + i) % S] = FILLER(W)
			:: else
			fi;
			i++
		:: else -> i = 0; break
		od
	}
}

/* From slot W on: a handler's post that began before it is over by the time the rest is filled. */
inline fill()
{
	do
	:: i < S ->
		atomic {
			slot[(W + i) % S] = image[(W + i) % S];
			if
			:: i == 3 -> early = lock
			:: else
			fi;
			i++
		}
		MAY_DIE
	:: else -> i = 0; break
	od
}

/* Slots from W on that the lap no longer owns. */
inline count_posted()
{
	skip;
	d_step {
		posted = 0;
		busy = lock;
		do
		:: posted < S - 1 && slot[(W + posted) % S] != image[(W + posted) % S] -> posted++
		:: else -> break
		od
	}
}

/* What the ITS has executed of the payload becomes filler, before CWRITER is written again. */
inline blank_payload()
{
	do
	:: i < n && i < gone ->
		atomic {
			s = (W + i) % S;
			if
			:: slot[s] == image[s] && image[s] >= 128 -> image[s] = FILLER(W); slot[s] = FILLER(W)
			:: else
			fi;
			i++
		}
		MAY_DIE
	:: else -> i = 0; s = 0; break
	od
}

inline restore()
{
	do
	:: i < S ->
		/* The comparison and the write are tens of nanoseconds apart. */
		atomic {
			if
			:: slot[i] == image[i] && DISTANCE(cr, i) >= DISTANCE(cr, cw) -> slot[i] = copy[i]
			:: else
			fi;
			i++
		}
		MAY_DIE
	:: else -> i = 0; break
	od
}

inline take_out_culprit()
{
	atomic {
		taken_out = DISTANCE(W, cr) < n && slot[cr] == image[cr] && image[cr] >= 128;
		if
		:: taken_out ->
			image[cr] = FILLER(W);
			slot[cr] = FILLER(W);
			if
			:: !replaying -> verdict[first + DISTANCE(W, cr)] = REFUSED
			:: else
			fi
		:: else
		fi
	}
	if
	:: taken_out -> write_cwriter(cw, true); taken_out = false
	:: else
	fi
}

/* BREAK_LIMIT has passed: 10 ms are enough for an ITS that is alive to move at all. */
#ifdef SLOW
#define LATE (dead || cr != W)
#else
#define LATE dead
#endif

/* CREADR = CWRITER for 2 ms: what the ITS had begun it has finished by then. */
#ifdef MUT_NO_QUIET
#define QUIET true
#else
#define QUIET (CREADR == CWRITER && !fetched)
#endif

#define LEFT		1
#define CUT		2
#define NEVER_MOVED	3
#define STUCK		4

/*
 * LEFT: whatever is posted from now on completes the lap. CUT: a handler
 * posted before the ITS had moved, and its CWRITER ended the lap there.
 */
inline leave_first_slots()
{
	mine = (W + S - 1) % S;
#ifdef MUT_STOP_PAST_W
	mine = (W + N) % S;
#endif
	write_cwriter(mine, false);
	MAY_DIE_EARLY;
	outcome = 0;
	do
	:: outcome == 0 ->
		read_pointers();
		if
		:: st -> take_out_culprit()
#ifdef MUT_NO_WAIT
		:: true -> outcome = LEFT
#endif
		:: !st && cw == mine && DISTANCE(W, cr) >= FIRST_SLOTS -> outcome = LEFT
		/* CWRITER was taken back to W: the lap's own end. */
		:: !st && cw == mine && mine == W && moved && cr == cw -> outcome = LEFT
		:: !st && cw != mine && DISTANCE(W, cr) > DISTANCE(W, cw) -> outcome = LEFT
#ifdef MUT_NO_CUT
		:: !st && cw != mine && DISTANCE(W, cr) >= FIRST_SLOTS -> outcome = LEFT
#endif
		:: !st && cw != mine && cr == cw && QUIET -> outcome = CUT
		:: else ->
			if
			:: CREADR != cr || CWRITER != cw || stalled != st || (cw != mine && cr == cw && QUIET)
			:: LATE && cw == mine && mine != W ->
				mine = W;
				moved = cr != W;
				write_cwriter(W, false)
			:: dead && (cw != mine || mine == W) -> outcome = (moved || cr != W -> STUCK : NEVER_MOVED)
			fi
		fi
	:: else -> break
	od
}

inline set_verdict(to, v)
{
	atomic {
		i = 0;
		do
		:: i < to && !replaying ->
			if
			:: verdict[first + i] == NOT_RUN -> verdict[first + i] = v
			:: else
			fi;
			i++
		:: else -> i = 0; break
		od
	}
}

active proctype tool()
{
	byte round, first, n, W, i, s, cr, cw, mine, outcome, posted, gone, replay, upto, last;
	byte copy[S], image[S], saved[4];
	bool replaying, moved, taken_out, st, busy, rewound;

next_run:
	skip;
	first = round * N;
	n = N;
next_lap:
	/* Step 1, begin(): the first break. */
	PAUSE_FIRST;
	read_pointers();
	if
	:: st || (dead && cr != cw) -> RESUME; goto end_of_run
	:: !st && !dead && cr != cw -> RESUME; goto next_lap
	:: !st && cr == cw
	fi;
	finish_older();
	if
	:: cr != cw -> RESUME; goto end_of_run
	:: else
	fi;
	W = cr;
	copy_ring();
	build_image();
	fill();
	/* A handler's post takes less time than filling the ring behind its first slots. */
	!early;
	read_pointers();
	if
	:: cw != W ->
		/* posted_before_the_lap() */
		settle();
		set_verdict(n, UNCERTAIN);
		restore();
		reported_lost = true;
		RESUME;
		goto end_of_run
	:: else
	fi;
	leave_first_slots();
	count_posted();
	skip;
	d_step {
		if
		:: CWRITER != mine -> posted = DISTANCE(W, CWRITER)
		:: else
		fi
	}
	if
	:: outcome == LEFT ->
		/* Executed at the lap's end, because CWRITER stands behind them. */
		upto = (posted < n -> posted : n);
		set_verdict(upto, UNCERTAIN);
		/* A second post took the place of a command that was to be repeated. */
		reported_lost = reported_lost || (replaying && posted);
		replay = 0
	:: outcome == CUT ->
		/* Perhaps the ITS had gone past a slot before the handler wrote it. */
		set_verdict(n, UNCERTAIN);
		d_step {
			replay = posted;
			assert(replay <= 4);
			do
			:: i < posted -> saved[i] = slot[(W + i) % S]; i++
			:: else -> i = 0; break
			od
		}
	:: outcome == NEVER_MOVED || outcome == STUCK ->
		read_pointers();
		restore();
		RESUME;
		upto = (outcome == STUCK -> n : 0);
		set_verdict(upto, UNCERTAIN);
		goto end_of_run
	fi;
	MAY_DIE;
	RESUME;

	/* Step 2, wait_for_lap(). */
	do
	:: true ->
		read_pointers();
		if
		:: st ->
			PAUSE;
			read_pointers();
			if
			:: st -> take_out_culprit()
			:: else
			fi;
			RESUME
		:: !st && cr == cw -> break
		:: else ->
			if
			:: CREADR != cr || CWRITER != cw || stalled
			:: TIMED_OUT -> break
			fi
		fi
	od;
	MAY_DIE;

	/* Step 3, finish(): the second break. */
	PAUSE_SECOND;
	gone = (cr == cw -> n : DISTANCE(W, cr));
	last = mine;
#ifndef MUT_NO_BLANK
	blank_payload();
#endif
	do
	:: true ->
		read_pointers();
#ifdef MUT_REWIND_POSTS
		cw = mine;
#endif
		/* CWRITER is not where the lap left it: the driver has posted, its pointer stands. */
		if
		:: cw != mine -> break
		:: else
		fi;
		/* Else the driver stands at W, or behind what a handler posted unseen. */
		count_posted();
#ifdef MUT_FINISH_AT_W
		posted = 0;
#endif
		if
		:: posted && busy ->
			/* In the middle of its post, which takes less than this wait. */
			(CWRITER != mine || !lock)
		:: !(posted && busy) && mine == (W + posted) % S -> break
		:: else ->
			/* Our own last write has hidden a post that fell between look and write. */
			rewound = rewound || mine != last;
			mine = (W + posted) % S;
			write_cwriter(mine, false);
			settle()
		fi
	od;
	if
	:: rewound || posted -> (QUIET || TIMED_OUT)
	:: else
	fi;
	if
	:: rewound && cw != mine -> reported_lost = true
	:: else
	fi;
	settle();
	restore();
	upto = (gone < n -> gone : n);
	set_verdict(upto, EXECUTED);
	set_verdict(n, UNCERTAIN);
	RESUME;

	/* lap_run(): the handler's commands of a lap that was cut, once more. */
	if
	:: replay && !replaying -> replaying = true; n = replay; replay = 0; goto next_lap
	:: replay && replaying -> reported_lost = true
	:: else
	fi;
	goto end_of_run;

dead_tool:
	killed = true;
	RESUME;
	replaying = false;
	set_verdict(n, KILLED);
end_of_run:
	skip;
	d_step {
		W = 0; i = 0; cr = 0; cw = 0; mine = 0; outcome = 0; posted = 0; gone = 0; upto = 0; last = 0;
		replaying = false; moved = false; st = false; busy = false; rewound = false; replay = 0; n = 0;
		do
		:: i < S -> copy[i] = 0; image[i] = 0; i++
		:: else -> i = 0; break
		od;
		saved[0] = 0; saved[1] = 0; saved[2] = 0; saved[3] = 0;
		round++
	}
	if
	:: round < RUNS -> goto next_run
	:: else
	fi;
	tool_done = true
}

/* At rest. */
active proctype judge()
{
	byte j;

	(tool_done && driver_done && handlers_done && (CREADR == CWRITER || stalled || dead));
	assert(!stalled || killed);
	if
	:: !dead && !stalled ->
		assert(executed == P);
		do
		:: j < HANDLER -> assert(handled[j] >= 1 || reported_lost); j++
		:: else -> j = 0; break
		od;
		/* CREADR = CWRITER = the driver's pointer, or nothing between them but filler; never full. */
		assert(NEXT(w) != CREADR);
		assert(killed || CREADR == w)
	:: else
	fi;
	j = CREADR;
	do
	:: j != w -> assert(slot[j] != OLD && slot[j] != HALF); j = NEXT(j)
	:: else -> j = 0; break
	od;
	do
	:: j < N * RUNS ->
		assert(payload[j] <= 1);
		assert(verdict[j] != EXECUTED || payload[j] == 1);
		assert((verdict[j] != NOT_RUN && verdict[j] != REFUSED) || payload[j] == 0);
		j++
	:: else -> break
	od
}
