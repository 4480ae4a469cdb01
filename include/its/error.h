/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How every room of the library reports failure: a negative code, whose
 * absolute value is the exit status, and a message for people that is worded
 * where the cause is known.
 */
#ifndef ITS_ERROR_H
#define ITS_ERROR_H

/* Negated exit statuses. They are in the manual page and never change meaning. */
enum its_error_code {
	ITS_OK = 0,
	ITS_ERR_FAILED = -1,	/* a check or an expectation failed */
	ITS_ERR_USAGE = -2,	/* the command line is wrong */
	ITS_ERR_NO_ITS = -3,	/* no ITS found */
	ITS_ERR_ACCESS = -4,	/* the system refuses access */
	ITS_ERR_TIMEOUT = -5,	/* time limit passed, or the ITS is stalled */
	ITS_ERR_INPUT = -6,	/* an input file or an answer of the hardware makes no sense */
	ITS_ERR_UNSAFE = -7,	/* refused because it could do harm */
};

struct its_error {
	int code;		/* an its_error_code */
	char message[600];	/* what failed, at which address, and why; no newline at the end */
	char hint[400];		/* the way out, or empty */
};

/*
 * Fills @error (which may be NULL) and returns @code, so that a function can
 * end with "return its_error(error, ITS_ERR_INPUT, ...)". Clears the hint.
 */
int its_error(struct its_error *error, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* "no memory for @format": of this there is one code, ITS_ERR_FAILED, which it returns. */
int its_no_memory(struct its_error *error, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Adds the way out to the error set last; returns its code (ITS_ERR_FAILED without @error). */
int its_hint(struct its_error *error, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
