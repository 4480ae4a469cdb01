// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * libkdumpfile brings a dozen more libraries with it, C++ and all: loading them
 * takes longer than all else that a short command does, and most runs never
 * see a core. So it is loaded when one is opened. These are the functions of
 * its header that core.c uses, each passed on to the library's own.
 */
#ifdef ITS_CORE

#include <dlfcn.h>
#include <stdbool.h>

#include <libkdumpfile/kdumpfile.h>

#include "core_library.h"

/* F(result, name, parameters, arguments) */
#define FUNCTIONS(F)                                                                                 \
	F(kdump_ctx_t *, kdump_new, (void), ())                                                      \
	F(const char *, kdump_get_err, (kdump_ctx_t *ctx), (ctx))                                    \
	F(kdump_status, kdump_open_fdset, (kdump_ctx_t *ctx, unsigned n, const int *fds), (ctx, n, fds)) \
	F(kdump_status, kdump_read,                                                                  \
	  (kdump_ctx_t *ctx, kdump_addrspace_t as, kdump_addr_t addr, void *buffer, size_t *length), \
	  (ctx, as, addr, buffer, length))                                                           \
	F(kdump_status, kdump_set_attr,                                                              \
	  (kdump_ctx_t *ctx, const char *key, const kdump_attr_t *value), (ctx, key, value))         \
	F(kdump_status, kdump_get_typed_attr,                                                        \
	  (kdump_ctx_t *ctx, const char *key, kdump_attr_t *value), (ctx, key, value))               \
	F(unsigned long, kdump_bmp_incref, (kdump_bmp_t *map), (map))                                \
	F(unsigned long, kdump_bmp_decref, (kdump_bmp_t *map), (map))                                \
	F(kdump_status, kdump_bmp_get_bits,                                                          \
	  (kdump_bmp_t *map, kdump_addr_t first, kdump_addr_t last, unsigned char *bits),            \
	  (map, first, last, bits))                                                                  \
	F(kdump_status, kdump_bmp_find_set, (kdump_bmp_t *map, kdump_addr_t *index), (map, index))       \
	F(kdump_status, kdump_bmp_find_clear, (kdump_bmp_t *map, kdump_addr_t *index), (map, index))

#define POINTER(RESULT, NAME, PARAMETERS, ARGUMENTS) static RESULT (*real_##NAME) PARAMETERS;
FUNCTIONS(POINTER)
static void (*real_kdump_free)(kdump_ctx_t *ctx);
static void (*real_kdump_clear_err)(kdump_ctx_t *ctx);

#define PASS_ON(RESULT, NAME, PARAMETERS, ARGUMENTS) \
	RESULT NAME PARAMETERS                       \
	{                                            \
		return real_##NAME ARGUMENTS;        \
	}
FUNCTIONS(PASS_ON)

void kdump_free(kdump_ctx_t *ctx)
{
	real_kdump_free(ctx);
}

void kdump_clear_err(kdump_ctx_t *ctx)
{
	real_kdump_clear_err(ctx);
}

static bool look_up(void *library, const char *name, void *pointer)
{
	/* POSIX: what dlsym() returns of a function may be called. */
	*(void **)pointer = dlsym(library, name);
	return *(void **)pointer;
}

int core_library_load(struct its_error *error)
{
	static bool loaded;
	void *library;
	bool whole = true;

	if (loaded)
		return ITS_OK;
	library = dlopen(ITS_CORE_LIBRARY, RTLD_NOW | RTLD_LOCAL);
	if (!library) {
		its_error(error, ITS_ERR_USAGE, "cores are read by libkdumpfile, which is not to be had here: %.300s",
			  dlerror());
		return its_hint(error, "install it (Debian: libkdumpfile10), or read a raw image: --source image:FILE@ADDRESS");
	}
#define LOOK_UP(RESULT, NAME, PARAMETERS, ARGUMENTS) whole &= look_up(library, #NAME, &real_##NAME);
	FUNCTIONS(LOOK_UP)
	whole &= look_up(library, "kdump_free", &real_kdump_free);
	whole &= look_up(library, "kdump_clear_err", &real_kdump_clear_err);
	if (!whole) {
		dlclose(library);
		return its_error(error, ITS_ERR_USAGE, "%s lacks functions that this its-tool needs", ITS_CORE_LIBRARY);
	}
	/* It stays loaded: a session may open more than one. */
	loaded = true;
	return ITS_OK;
}

#endif
