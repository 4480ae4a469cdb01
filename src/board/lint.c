// SPDX-License-Identifier: GPL-2.0-or-later
/* Findings: how they are kept, and those that only a look at the spelling gives. */
#include <ctype.h>
#include <libfdt.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "its/closest.h"
#include "load.h"

#define NAME_MAX_LENGTH 24	/* nothing longer is close to a name we know */

static void add_lint(struct load *load, enum its_severity severity, const char *name,
		     const char *path, const char *format, va_list arguments)
{
	struct board *board = load->board;
	struct board_lint *lint;
	char text[900];

	if (board->n_lints >= LOAD_LINTS_MAX)
		return;
	vsnprintf(text, sizeof(text), format, arguments);
	if (board->n_lints == LOAD_LINTS_MAX - 1) {
		severity = ITS_WARNING;
		name = "too-many";
		path = "/";
		snprintf(text, sizeof(text), "more than %u findings; the rest is left out",
			 LOAD_LINTS_MAX - 1);
	}
	lint = load_add(load, &board->lints, &board->n_lints, sizeof(*lint));
	if (!lint)
		return;
	lint->severity = severity;
	lint->name = name;
	lint->node = load_string(load, path);
	lint->text = load_string(load, text);
}

void load_lint(struct load *load, enum its_severity severity, const char *name, uint32_t node,
	       const char *format, ...)
{
	char path[TREE_PATH_MAX];
	va_list arguments;

	va_start(arguments, format);
	add_lint(load, severity, name, tree_path(&load->tree, node, path), format, arguments);
	va_end(arguments);
}

void load_lint_path(struct load *load, enum its_severity severity, const char *name,
		    const char *path, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	add_lint(load, severity, name, path, format, arguments);
	va_end(arguments);
}

/* Letters and digits only, in lower case, so that hyphens do not count. False if it is too long. */
static bool squeeze(const char *name, char *to)
{
	size_t n = 0;

	for (; *name; name++) {
		if (!isalnum((unsigned char)*name))
			continue;
		if (n == NAME_MAX_LENGTH - 1)
			return false;
		to[n++] = (char)tolower((unsigned char)*name);
	}
	to[n] = '\0';
	return true;
}

/*
 * True if @name is one of the ways to get @wanted wrong. dma-coherent, which
 * is something else, is 3 away from dma-noncoherent.
 */
static bool misspelt(const char *name, const char *wanted, unsigned tolerance)
{
	char a[NAME_MAX_LENGTH], b[NAME_MAX_LENGTH];

	if (!strcmp(name, wanted) || !squeeze(name, a) || !squeeze(wanted, b))
		return false;
	return its_distance(a, strlen(a), b) <= tolerance;
}

/* Properties that people get wrong, and how close to them is wrong. */
static const struct {
	const char *name;
	unsigned tolerance;
} spellings[] = {
	{ "dma-noncoherent", 2 },	/* on an ITS or a GIC only */
	{ "msi-parent", 1 },
	{ "msi-map-mask", 1 },
	{ "msi-controller", 1 },
	{ "msi-map", 0 },		/* short: only the hyphens may differ */
};

#define SPELLINGS (sizeof(spellings) / sizeof(spellings[0]))

void load_spelling(struct load *load, uint32_t node)
{
	const struct tree_node *n = &load->tree.nodes[node];
	const void *fdt = load->tree.fdt;
	bool controller = n->its != TREE_NONE || n->gic != TREE_NONE;
	const char *wrong[SPELLINGS] = { NULL };
	bool right[SPELLINGS] = { false };
	int property;

	fdt_for_each_property_offset(property, fdt, n->offset) {
		const char *name;

		if (!fdt_getprop_by_offset(fdt, property, &name, NULL))
			continue;
		if (!controller && strncasecmp(name, "msi", 3))
			continue;
		for (size_t i = controller ? 0 : 1; i < SPELLINGS; i++) {
			if (!strcmp(name, spellings[i].name))
				right[i] = true;
			else if (misspelt(name, spellings[i].name, spellings[i].tolerance))
				wrong[i] = name;
		}
	}
	if (wrong[0] && !right[0])
		load_lint(load, ITS_WARNING, "dma-nocoherent", node,
			  "Linux does not know %s and takes the %s tables for coherent. The "
			  "property is spelt dma-noncoherent", wrong[0],
			  n->gic != TREE_NONE ? "redistributors'" : "ITS's queue and");
	for (size_t i = 1; i < SPELLINGS; i++)
		if (wrong[i] && !right[i])
			load_lint(load, ITS_WARNING, "misspelt-property", node,
				  "Linux does not know %s and behaves as if it were not there; "
				  "is %s meant?", wrong[i], spellings[i].name);
}
