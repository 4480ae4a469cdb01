/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How bad is it? Of checks, of findings in the firmware's tables, and of messages of the kernel. */
#ifndef ITS_SEVERITY_H
#define ITS_SEVERITY_H

enum its_severity { ITS_NOTE, ITS_WARNING, ITS_ERROR };
#define ITS_SEVERITIES (ITS_ERROR + 1)

/* "note", "warning", "error". */
const char *its_severity_name(enum its_severity severity);

#endif
