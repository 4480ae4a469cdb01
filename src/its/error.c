// SPDX-License-Identifier: GPL-2.0-or-later
/* Errors as values: a code, a message, and the way out. */
#include <stdarg.h>
#include <stdio.h>

#include "its/error.h"

int its_error(struct its_error *error, int code, const char *format, ...)
{
	va_list arguments;

	if (!error)
		return code;
	va_start(arguments, format);
	vsnprintf(error->message, sizeof(error->message), format, arguments);
	va_end(arguments);
	error->hint[0] = '\0';
	error->code = code;
	return code;
}

int its_no_memory(struct its_error *error, const char *format, ...)
{
	char what[200];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(what, sizeof(what), format, arguments);
	va_end(arguments);
	return its_error(error, ITS_ERR_FAILED, "no memory for %s", what);
}

int its_hint(struct its_error *error, const char *format, ...)
{
	va_list arguments;

	if (!error)
		return ITS_ERR_FAILED;
	va_start(arguments, format);
	vsnprintf(error->hint, sizeof(error->hint), format, arguments);
	va_end(arguments);
	return error->code;
}
