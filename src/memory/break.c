// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How does user space hold every CPU for some tens of microseconds? A driver
 * posts under a raw spinlock with interrupts off, so a CPU that runs a thread
 * of ours is not in the middle of a post (docs/append.md).
 *
 * A spinning thread never outlives the caller: SIGKILL ends all threads of a
 * process, and a helper whose caller does not release it gives up by itself.
 * A break is far shorter than what sched_rt_runtime_us leaves to real-time
 * tasks (0.95 of every second), so throttling does not end it.
 */
#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "break.h"
#include "cpu.h"
#include "cpus.h"
#include "its/memory.h"

#define PRIORITY 99
#define STACK_BYTES (128u * 1024u)
#define MS 1000000ull			/* ns */
#define PREPARE_MS 1000u
/* A helper leaves this long after the time limit, whatever became of the caller. */
#define GIVE_UP_MS 2000u

struct helper {
	struct break_state *state;
	pthread_t thread;
	unsigned cpu;
	atomic_bool quit;
	/* Each spins on its own line: the number of the break it is called to, and has joined. */
	_Alignas(64) atomic_uint called;
	atomic_uint arrived;
};

struct break_state {
	_Alignas(64) atomic_uint released;	/* all breaks up to this number are over */
	_Atomic uint64_t give_up_ns;
	_Alignas(64) unsigned number;		/* of the last break attempted */
	unsigned cpu;				/* the caller's */
	unsigned held;				/* CPUs of the last break */
	bool locked, pinned;

	/* What is put back. */
	cpu_set_t affinity;
	struct sched_param parameters;
	int policy;
	bool raised;
	sigset_t signals;

	struct cpus cpus;
	cpu_set_t missing;			/* that did not come to the last attempt */
	int refused;				/* a CPU that no thread could be put on; -1: none */
	struct helper *helpers[CPU_SETSIZE];	/* by CPU */
};

/* What an attempt came to, beside an its_error_code. */
enum { AGAIN = 1 };

static void futex(atomic_uint *word, int operation, unsigned value)
{
	syscall(SYS_futex, word, operation | FUTEX_PRIVATE_FLAG, value, NULL, NULL, 0);
}

static void call(struct helper *helper, unsigned number)
{
	atomic_store(&helper->called, number);
	futex(&helper->called, FUTEX_WAKE, 1);
}

static void *helper_main(void *argument)
{
	struct helper *helper = argument;
	struct break_state *state = helper->state;
	unsigned seen = 0;

	for (;;) {
		unsigned number = atomic_load(&helper->called);

		if (atomic_load(&helper->quit))
			return NULL;
		if (number == seen) {
			futex(&helper->called, FUTEX_WAIT, seen);
			continue;
		}
		seen = number;
		/* The kernel moves us when our CPU goes offline: never spin on another's. */
		if (sched_getcpu() != (int)helper->cpu)
			continue;
		atomic_store(&helper->arrived, number);
		for (unsigned turn = 1; (int)(atomic_load(&state->released) - number) < 0; turn++) {
			cpu_relax();
			if (turn % 256 == 0 && memory_now_ns() > atomic_load(&state->give_up_ns))
				break;
		}
	}
}

static void only(unsigned cpu, cpu_set_t *set)
{
	CPU_ZERO(set);
	CPU_SET(cpu, set);
}

static void stop_helper(struct break_state *state, unsigned cpu)
{
	struct helper *helper = state->helpers[cpu];
	struct sched_param normal = { 0 };
	cpu_set_t here;

	if (!helper)
		return;
	/* To our own CPU: on its own a real-time task may keep it from ever ending. */
	only(state->cpu, &here);
	pthread_setaffinity_np(helper->thread, sizeof(here), &here);
	pthread_setschedparam(helper->thread, SCHED_OTHER, &normal);
	atomic_store(&helper->quit, true);
	call(helper, atomic_load(&helper->called) + 1);
	pthread_join(helper->thread, NULL);
	free(helper);
	state->helpers[cpu] = NULL;
}

static int not_allowed(unsigned cpu, int cause, struct its_error *error)
{
	its_error(error, ITS_ERR_ACCESS, "sched_setaffinity to CPU %u: %s: all online CPUs must be"
		  " held while GITS_CWRITER is written", cpu, strerror(cause));
	its_hint(error, "a cpuset keeps this process off CPU %u (run it in the root cpuset:"
		 " echo $$ > /sys/fs/cgroup/cgroup.procs), or the CPU is going offline", cpu);
	return ITS_ERR_ACCESS;
}

/*
 * EINVAL: a CPU on its way down leaves the set of those that tasks may run on
 * before the list of those online (cpu_active_mask, cpu_online_mask), or a
 * cpuset does not have it. Only the second lasts.
 */
static int refused_cpu(struct break_state *state, unsigned cpu, int cause, struct its_error *error)
{
	if (cause == EINVAL) {
		state->refused = (int)cpu;
		return AGAIN;
	}
	return not_allowed(cpu, cause, error);
}

static int refused_realtime(int cause, struct its_error *error)
{
	its_error(error, ITS_ERR_ACCESS, "sched_setscheduler SCHED_FIFO %d: %s", PRIORITY,
		  strerror(cause));
	return its_hint(error, "needs root (CAP_SYS_NICE or RLIMIT_RTPRIO 99); with"
			" CONFIG_RT_GROUP_SCHED also a cgroup whose cpu.rt_runtime_us is not 0");
}

/* Placed and raised from outside while it sleeps, so it needs no time of a CPU that is busy. */
static int start_helper(struct break_state *state, unsigned cpu, struct its_error *error)
{
	struct sched_param realtime = { .sched_priority = PRIORITY };
	struct helper *helper = aligned_alloc(_Alignof(struct helper), sizeof(*helper));
	sigset_t all, before;
	pthread_attr_t attributes;
	cpu_set_t there;
	int cause;

	if (!helper)
		return its_no_memory(error, "a thread on CPU %u", cpu);
	memset(helper, 0, sizeof(*helper));
	helper->state = state;
	helper->cpu = cpu;

	cause = pthread_attr_init(&attributes);
	if (!cause) {
		/* Small: MCL_FUTURE has every page of it present from the start. */
		pthread_attr_setstacksize(&attributes, STACK_BYTES);
		sigfillset(&all);
		pthread_sigmask(SIG_SETMASK, &all, &before);
		cause = pthread_create(&helper->thread, &attributes, helper_main, helper);
		pthread_sigmask(SIG_SETMASK, &before, NULL);
		pthread_attr_destroy(&attributes);
	}
	if (cause) {
		free(helper);
		return its_error(error, ITS_ERR_FAILED, "creating a thread for CPU %u: %s", cpu,
				 strerror(cause));
	}
	state->helpers[cpu] = helper;

	only(cpu, &there);
	cause = pthread_setaffinity_np(helper->thread, sizeof(there), &there);
	if (cause)
		return refused_cpu(state, cpu, cause, error);
	cause = pthread_setschedparam(helper->thread, SCHED_FIFO, &realtime);
	return cause ? refused_realtime(cause, error) : ITS_OK;
}

/* Has the caller and one helper per other online CPU sit where they belong. */
static int place(struct break_state *state, struct its_error *error)
{
	int code = cpus_read(&state->cpus, error), here = sched_getcpu();
	cpu_set_t set;

	if (code)
		return code;
	if (here < 0 || here >= CPU_SETSIZE)
		return its_error(error, ITS_ERR_INPUT, "this thread runs on CPU %d, beyond %d",
				 here, CPU_SETSIZE);
	/* Our own CPU went offline: stay on the one we were moved to. */
	if (!state->pinned || here != (int)state->cpu) {
		state->cpu = (unsigned)here;
		only(state->cpu, &set);
		if (sched_setaffinity(0, sizeof(set), &set))
			return refused_cpu(state, state->cpu, errno, error);
		state->pinned = true;
	}
	state->held = 1;
	for (unsigned cpu = 0; cpu < CPU_SETSIZE && !code; cpu++) {
		if (!CPU_ISSET(cpu, &state->cpus.online) || cpu == state->cpu) {
			stop_helper(state, cpu);
			continue;
		}
		state->held++;
		if (!state->helpers[cpu]) {
			code = start_helper(state, cpu, error);
		} else {
			/* Again each time: a CPU that was offline in between lost its helper. */
			only(cpu, &set);
			int cause = pthread_setaffinity_np(state->helpers[cpu]->thread,
							   sizeof(set), &set);
			if (cause)
				code = refused_cpu(state, cpu, cause, error);
		}
		if (code)
			stop_helper(state, cpu);
	}
	return code;
}

static bool all_arrived(struct break_state *state)
{
	bool all = true;

	CPU_ZERO(&state->missing);
	for (unsigned cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		struct helper *helper = state->helpers[cpu];

		if (helper && atomic_load(&helper->arrived) != state->number) {
			CPU_SET(cpu, &state->missing);
			all = false;
		}
	}
	return all;
}

/* Lets everybody go and takes the caller back to its own priority. */
static void release(struct break_state *state)
{
	atomic_store(&state->released, state->number);
	if (state->raised)
		pthread_setschedparam(pthread_self(), state->policy, &state->parameters);
	state->raised = false;
}

/* ITS_OK: everybody is here. AGAIN: the set of CPUs changed. */
static int gather(struct break_state *state, uint64_t deadline, struct its_error *error)
{
	struct sched_param realtime = { .sched_priority = PRIORITY };
	int cause = pthread_getschedparam(pthread_self(), &state->policy, &state->parameters);

	if (!cause)
		cause = pthread_setschedparam(pthread_self(), SCHED_FIFO, &realtime);
	if (cause)
		return refused_realtime(cause, error);
	state->raised = true;

	state->number++;
	atomic_store(&state->give_up_ns, deadline + GIVE_UP_MS * MS);
	for (unsigned cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (state->helpers[cpu])
			call(state->helpers[cpu], state->number);
	}
	while (!all_arrived(state)) {
		if (memory_now_ns() >= deadline)
			return ITS_ERR_TIMEOUT;
		cpu_relax();
	}
	if (!cpus_unchanged(&state->cpus))
		return AGAIN;
	return ITS_OK;
}

static int timed_out(const struct break_state *state, unsigned limit_ms, struct its_error *error)
{
	char list[128] = "";
	size_t used = 0;

	for (unsigned cpu = 0; cpu < CPU_SETSIZE && used < sizeof(list) - 8; cpu++) {
		if (CPU_ISSET(cpu, &state->missing))
			used += (size_t)snprintf(list + used, sizeof(list) - used, "%s%u",
						 used ? ", " : "", cpu);
	}
	if (!used && state->refused >= 0) {
		/* To be tried again: a CPU on its way down may take a while. */
		not_allowed((unsigned)state->refused, EINVAL, error);
		if (error)
			error->code = ITS_ERR_TIMEOUT;
		return ITS_ERR_TIMEOUT;
	}
	if (!used) {
		its_error(error, ITS_ERR_TIMEOUT, "the CPUs could not be stopped together within"
			  " %u ms: CPUs were coming online or going offline all the time",
			  limit_ms);
		return its_hint(error, "try again when CPU hotplug has settled");
	}
	its_error(error, ITS_ERR_TIMEOUT, "the CPUs could not be stopped together within %u ms:"
		  " CPU %s did not come: a task at real-time priority %d, a cpuset, or the kernel"
		  " keeps it", limit_ms, list, PRIORITY);
	return its_hint(error, "look for SCHED_FIFO and SCHED_DEADLINE tasks (ps -eLo"
			" pid,psr,cls,rtprio,comm), or allow more time with --timeout");
}

int break_pause(struct break_state *state, unsigned limit_ms, struct its_error *error)
{
	const struct timespec a_while = { .tv_nsec = MS };
	uint64_t deadline = memory_now_ns() + limit_ms * MS;
	sigset_t all;
	int code;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &state->signals);
	for (;;) {
		CPU_ZERO(&state->missing);
		state->refused = -1;
		code = place(state, error);
		if (code == ITS_OK)
			code = gather(state, deadline, error);
		if (code == ITS_OK)
			return ITS_OK;
		release(state);
		if (code != AGAIN)
			break;
		if (memory_now_ns() >= deadline) {
			code = ITS_ERR_TIMEOUT;
			break;
		}
		/* At our own priority, so that the CPU that comes or goes can do so. */
		nanosleep(&a_while, NULL);
	}
	pthread_sigmask(SIG_SETMASK, &state->signals, NULL);
	return code == ITS_ERR_TIMEOUT ? timed_out(state, limit_ms, error) : code;
}

void break_resume(struct break_state *state)
{
	release(state);
	pthread_sigmask(SIG_SETMASK, &state->signals, NULL);
}

unsigned break_cpus(const struct break_state *state)
{
	return state->held;
}

int break_prepare(struct break_state **out, struct its_error *error)
{
	const struct timespec a_while = { .tv_nsec = MS };
	uint64_t deadline = memory_now_ns() + PREPARE_MS * MS;
	struct break_state *state = aligned_alloc(_Alignof(struct break_state), sizeof(*state));
	int code;

	*out = NULL;
	if (!state)
		return its_no_memory(error, "the break");
	memset(state, 0, sizeof(*state));

	cpus_open(&state->cpus);
	if (sched_getaffinity(0, sizeof(state->affinity), &state->affinity)) {
		code = its_error(error, ITS_ERR_ACCESS, "sched_getaffinity: %s", strerror(errno));
		goto failed;
	}
	/* Without sysfs the CPUs that we may run on are the best guess. */
	state->cpus.online = state->affinity;
	if (mlockall(MCL_CURRENT | MCL_FUTURE)) {
		its_error(error, ITS_ERR_ACCESS, "mlockall: %s: a page fault must not happen while"
			  " the CPUs are held", strerror(errno));
		code = its_hint(error, "run as root (CAP_IPC_LOCK), or raise ulimit -l");
		goto failed;
	}
	state->locked = true;
	for (;;) {
		state->refused = -1;
		code = place(state, error);
		if (code != AGAIN || memory_now_ns() >= deadline)
			break;
		nanosleep(&a_while, NULL);
	}
	if (code == AGAIN)
		code = state->refused >= 0 ? not_allowed((unsigned)state->refused, EINVAL, error)
					   : timed_out(state, PREPARE_MS, error);
	if (code)
		goto failed;
	*out = state;
	return ITS_OK;
failed:
	break_finish(state);
	return code;
}

void break_finish(struct break_state *state)
{
	if (!state)
		return;
	for (unsigned cpu = 0; cpu < CPU_SETSIZE; cpu++)
		stop_helper(state, cpu);
	cpus_close(&state->cpus);
	if (state->pinned)
		sched_setaffinity(0, sizeof(state->affinity), &state->affinity);
	if (state->locked)
		munlockall();
	free(state);
}
