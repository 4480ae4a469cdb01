/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the commands share: the options, the board, the memory, the output. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include "emit.h"
#include "its/board.h"
#include "its/command.h"
#include "its/memory.h"
#include "its/queue.h"

/* A day: the longest time that can be given in milliseconds. */
#define CLI_MS_MAX 86400000u

struct cli_command;

/* A number that may be 0, and may not have been given. */
struct cli_value { bool given; uint64_t value; };

struct cli {
	/* Options; see options.c for what each means. */
	const char *source, *dtb, *acpi, *which;
	bool json, dry_run, verbose, quiet, help, version, dump_cli;
	const char *color_mode;
	unsigned timeout_ms;
	bool pending, all, raw, compare_views, dot;
	uint64_t last;			/* 0: not given */
	bool plain, force;
	const char *export_as;		/* NULL: not given */
	uint64_t count;			/* 0: not given */
	const char *device, *event, *lpi, *cpu, *irq;	/* filters; see filter.h */
	unsigned for_ms, interval_ms;	/* 0: not given */
	bool keep_going, tap;		/* run */
	bool in_session, in_shell;	/* a line of `run` or `shell`; of `shell` */
	bool reader_gone;		/* nobody reads stdout any more: no error of a command that goes on for ever */
	struct cli_value cbaser, cwriter, creadr, typer;

	bool silent;			/* errors that leave the rest of the answer standing are not complained of */

	const struct cli_command *command;
	struct memory memory;
	struct board board;
	struct emitter *emit;
	/* While a ring is shown: the redistributors that may be named in it. None: not known. */
	struct queue_redistributor *targets;
	size_t n_targets;
	struct its_error error;
	bool source_given;		/* the user named the source or the tree */
	bool source_named;		/* the user named the source */
	struct its_error unopened;	/* with source_optional: why there is no source or board; code 0: there is */
};

struct cli_command {
	const char *name;
	const char *arguments;		/* "DEVICE EVENT" */
	const char *summary;
	const char *description;	/* for --help: what it does, in a few lines */
	int min_arguments, max_arguments;	/* -1: any number */
	bool writes;			/* may change the hardware: needs one ITS */
	bool needs_its;			/* exit 3 where there is none */
	bool source_optional;		/* runs without source and tree unless they are named: cli->unopened */
	int (*run)(struct cli *cli, int argc, char **argv);
};

/* The table of commands, and one by name or NULL. */
extern const struct cli_command *const cli_commands[];
const struct cli_command *cli_command_find(const char *name);

/* Finds the command argv[0] into cli->command, and counts its arguments. */
int cli_command_choose(struct cli *cli, int argc, char **argv);
/* Runs it; its output goes to @out. @document: an error before there was an answer is one where JSON is wanted. */
int cli_command_run(struct cli *cli, FILE *out, bool document, int argc, char **argv);

/*
 * Reads the command line into @cli; what is left are the command's name and
 * arguments, in *argc and *argv. 0 or ITS_ERR_USAGE with cli->error set.
 */
int cli_options_parse(struct cli *cli, int *argc, char ***argv);
/* --emit: ITS_ERR_USAGE with --json; otherwise it is a dry run. */
int cli_check_export(struct cli *cli);
/* Of @command, or with NULL of its-tool itself. */
void cli_help(FILE *out, const struct cli_command *command);
/* A row of the main page's kind, here for words that are no commands. */
void cli_help_row(struct emitter *emit, const char *name, const char *arguments, const char *summary);
/* The command line as JSON (--dump-cli), from the same tables: what completions are made of. */
void cli_describe(FILE *out);
/* One option, for completion and help: row @index, as seen from @command. False past the last. */
struct cli_option {
	const char *name, *argument;	/* argument NULL: a flag */
	char letter;			/* 0: none */
	bool every;			/* goes with every command, and without one */
	bool applies, of_session;	/* goes with @command; not of a line of `run` or `shell` */
	const char *const *values;	/* the words it takes, NULL-terminated; NULL: anything */
	const char *help;		/* without the values */
};
bool cli_option_at(size_t index, const char *command, struct cli_option *option);
/* "auto, always or never". Returns @text. */
const char *cli_words(const char *const *words, char *text, size_t size);

/* Opens the source and reads the device tree, or the ACPI tables of a machine without one. */
int cli_open(struct cli *cli);
void cli_close(struct cli *cli);
/* ITS_ERR_USAGE if the source has read standard input to its end: for who is about to read it. */
int cli_check_stdin(struct cli *cli);
/* ITS_ERR_NO_ITS, with what was found instead, if the board has no available ITS. */
int cli_require_its(struct cli *cli);

/* Instead of a device tree: one ITS, at --its or where the source was told, or holds a register frame. */
int cli_board_alone(struct cli *cli);
/* Hands --cbaser and its like, and those of the source's memory_told, to the one ITS they are meant for. */
int cli_give_registers(struct cli *cli);
/* ITS_ERR_USAGE for a command that writes where they are given. */
int cli_refuse_given(struct cli *cli);

/*
 * The ITSs a command is about: all that are available, or the one of --its.
 * A command that writes gets exactly one. *list is malloc'd board indices.
 */
int cli_choose_its(struct cli *cli, size_t **list, size_t *count);

/* board_find_device(), and the device is one of ITS @its (SIZE_MAX: of any). */
int cli_find_device(const struct cli *cli, size_t its, const char *text, struct board_device *device,
		    struct its_error *error);

/* An event as the user names it. */
struct cli_event {
	size_t its;			/* index in the board */
	struct board_device device;
	uint32_t event_id;
};
/* DEVICE EVENT: on the ITS of --its, else the device's own, else the only one. */
int cli_find_event(struct cli *cli, const char *device, const char *event, struct cli_event *found);

/*
 * The redistributors of an ITS's GIC, or none if not all can be read: the kernel
 * may refuse them, and what is asked for can mostly be answered without. *list is
 * malloc'd; cli->error stays as it is.
 */
void cli_redistributors(struct cli *cli, const struct board_its *its,
		       struct queue_redistributor **list, size_t *count);

/* Notes and complaints name @line of script @file from now on; NULL: no longer. */
void cli_set_where(const char *file, unsigned line);
/* Prints @error on stderr with its way out, "its-tool: " in front. */
void cli_complain(const struct its_error *error);
/* ITS_ERR_FAILED: standard output takes nothing. */
int cli_cannot_write(struct cli *cli);
void cli_note(const struct cli *cli, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Opens and closes the outermost JSON object, with schema_version and the tool's version. */
void cli_document_begin(struct cli *cli);
void cli_document_end(struct cli *cli);

/* "ITS 0 its@80740000 0x80740000 GIC-600 r1p6", or the members index, node and base. */
void cli_show_its(struct cli *cli, size_t index, const struct queue *queue);

/* The same without the end of the line and what @queue assumes. */
void cli_show_its_name(struct cli *cli, size_t index, const struct queue *queue);
/* "its-tool -s sim -i 1": what the user typed to say which board and ITS is meant, for a shell. */
void cli_own_line(const struct cli *cli, char *line, size_t size);

/*
 * Shows each ITS of @list by @show, as elements of the member "its". The first
 * error, or 0; *failed counts the ITSs that had one. @context is @show's.
 */
int cli_show_each_its(struct cli *cli, const size_t *list, size_t count,
		      int (*show)(struct cli *cli, size_t index, void *context), void *context, size_t *failed);

enum emit_color cli_severity_color(enum its_severity severity);
/* "warning" in its colour, padded to @width; as member @key, or in text alone. */
void cli_show_severity(struct emitter *emit, const char *key, enum its_severity severity,
		       unsigned width);

/* An error that leaves the rest of the answer standing: on stderr, and as member "error". */
void cli_show_error(struct cli *cli);

/* What @queue assumes because the registers are not known; nothing where all are. */
void cli_show_assumed(struct cli *cli, const struct queue *queue);

/* One command: mnemonic and fields, reserved bits that are set, @raw words; members of the open object. */
void cli_show_command(struct cli *cli, const uint64_t words[ITS_COMMAND_WORDS],
		      const struct queue *queue, bool raw);

/* The same without the end of the line; in text the words only of an unknown command. */
void cli_show_fields(struct cli *cli, const uint64_t words[ITS_COMMAND_WORDS],
		     const struct queue *queue);

/* Those words on a line of their own; text only. */
void cli_show_words(struct cli *cli, const uint64_t words[ITS_COMMAND_WORDS]);

/* True if a command names an RDbase at which none of cli->targets answers. */
bool cli_target_unknown(const struct cli *cli, const uint64_t words[ITS_COMMAND_WORDS],
			const struct queue *queue);

/* Why the ITS may have refused the command in @slot; nothing where no reason was found. */
void cli_show_diagnosis(struct cli *cli, const struct queue *queue,
			const struct queue_snapshot *snapshot, unsigned slot);

#endif
