// SPDX-License-Identifier: GPL-2.0-or-later
/* What is a severity called? */
#include "its/severity.h"

const char *its_severity_name(enum its_severity severity)
{
	static const char *const names[ITS_SEVERITIES] = {
		[ITS_NOTE] = "note", [ITS_WARNING] = "warning", [ITS_ERROR] = "error" };

	return names[severity];
}
