# SPDX-License-Identifier: GPL-2.0-or-later
#
# make            build/its-tool for this machine
# make target     build/aarch64/its-tool: static, stripped, needs nothing on the board
# make musl       build/musl/its-tool: static, for this machine, linked with musl
# make check      every test (check-unit check-cli check-man check-build check-clang check-asan check-valgrind
#                 check-contrib check-musl check-model fuzz-short check-dtbs check-target)
# make demo       the main job on the simulated board
# make bench      speed and size, as ratios against a peer in the same run
# make install    PREFIX=/usr/local DESTDIR=; make uninstall
# make deb        Debian packages: for this machine, and a static one for arm64
# make dist       the source as a tarball
#
# READLINE=no     a shell without line editing, history and completion
#
# CROSS_COMPILE, CC, CFLAGS, LDFLAGS are honoured (flags are appended to ours);
# STATIC=1 links statically, V=1 shows the commands, WERROR=0 forgives warnings.
# CORE=yes|no: crash dumps through libkdumpfile; by default where pkg-config finds it, and never statically.
#
# What was built with other options than those given now is built again: "make install" wants the options that "make" was given.

VERSION := 0.1.0

BUILD ?= build
PREFIX ?= /usr/local
BINDIR ?= $(PREFIX)/sbin
MANDIR ?= $(PREFIX)/share/man
DATADIR ?= $(PREFIX)/share
DOCDIR ?= $(DATADIR)/doc/its-tool
# Debian's zsh reads /usr/share/zsh/vendor-completions instead.
ZSHDIR ?= $(DATADIR)/zsh/site-functions
INSTALL ?= install
# Blanks part the words of make's lists.
$(foreach place,BUILD PREFIX BINDIR MANDIR DATADIR DOCDIR ZSHDIR,\
	$(if $(word 2,$($(place))),$(error $(place)="$($(place))": no blanks, please (DESTDIR may have them))))
$(if $(BUILD),,$(error BUILD is empty))
# quoted WORDS: one word for the shell.
quoted = '$(subst ','\'',$(1))'

ifneq ($(CROSS_COMPILE),)
CC := $(CROSS_COMPILE)gcc
AR := $(CROSS_COMPILE)ar
STRIP := $(CROSS_COMPILE)strip
endif
STRIP ?= strip
PKG_CONFIG ?= pkg-config
DTC ?= dtc

ifeq ($(V),1)
Q :=
say = @:
else
Q := @
say = @printf '  %-6s %s\n'
endif

# Libraries: libfdt has no .pc file everywhere, yajl writes JSON, zlib unpacks images and captures. SYSROOT holds those of a cross build.
ifneq ($(SYSROOT),)
deps_cflags := -isystem '$(SYSROOT)/usr/include'
deps_libs := -L'$(SYSROOT)/usr/lib/aarch64-linux-gnu' -lfdt -lyajl -lz
CORE ?= no
else
deps_cflags := $(shell $(PKG_CONFIG) --cflags yajl)
deps_libs := -lfdt $(shell $(PKG_CONFIG) --libs yajl) -lz
endif
ifeq ($(STATIC),1)
CORE ?= no
endif
CORE ?= $(shell $(PKG_CONFIG) --exists libkdumpfile && echo yes || echo no)
ifeq ($(CORE),yes)
# Loaded when a core is opened: by the name that a program linked with it would ask for.
core_library := $(shell readlink -f "$$($(CC) -print-file-name=libkdumpfile.so)" | sed 's|.*/||; s|\(\.so\.[0-9]*\).*|\1|')
deps_cflags += -DITS_CORE -DITS_CORE_LIBRARY='"$(core_library)"' $(shell $(PKG_CONFIG) --cflags libkdumpfile)
endif
ifeq ($(STATIC),1)
deps_libs := $(patsubst -lyajl,-lyajl_s,$(deps_libs)) -lm
link_flags := -static -Wl,--gc-sections
static_flags := -DITS_TOOL_STATIC
else
link_flags := -Wl,--gc-sections
endif

WERROR ?= 1
warnings := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla $(if $(filter 1,$(WERROR)),-Werror)
flags := -std=c11 -O2 -g -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -ffunction-sections -fdata-sections \
	$(warnings) $(static_flags) -Iinclude -I$(BUILD)/include $(deps_cflags)
# Where it was built is not in the program: two builds anywhere give the same bytes.
flags += '-ffile-prefix-map=$(CURDIR)=.' $(if $(SYSROOT),'-ffile-prefix-map=$(SYSROOT)=/sysroot')
# -MMD: the headers each object was made from.
compile = $(CC) $(flags) $(cli_flags) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

library_sources := $(sort $(wildcard src/its/*.c src/memory/*.c src/board/*.c src/queue/*.c src/route/*.c))
cli_sources := $(sort $(wildcard src/cli/*.c))
# Not in the static binary for boards: it is 480 KB with a terminal database that boards do not have.
READLINE ?= yes
ifeq ($(READLINE),yes)
readline_flags := -DHAVE_READLINE
readline_libs := -lreadline $(if $(filter 1,$(STATIC)),-ltinfo)
endif
library_objects := $(library_sources:src/%.c=$(BUILD)/obj/%.o) $(BUILD)/obj/memory/lab-board.o
cli_objects := $(cli_sources:src/%.c=$(BUILD)/obj/%.o)

.PHONY: all target check check-unit check-cli check-man check-asan check-clang check-valgrind check-target \
	check-dtbs check-model fuzz-short fuzz demo bench install uninstall clean dist \
	deb musl check-packages check-contrib check-musl check-build FORCE
.DELETE_ON_ERROR:

all: $(BUILD)/its-tool

# What things were last made with: written when it changes, and what is made depends on it. The second also lists the objects, so
# that one whose source went away goes too.
compiled_with := $(CC) $(flags) $(CPPFLAGS) $(CFLAGS) $(VERSION)
linked_with := $(AR) $(STRIP) $(link_flags) $(LDFLAGS) $(deps_libs) $(readline_flags) $(readline_libs) $(library_objects) $(cli_objects)
ifneq ($(strip $(file <$(BUILD)/compiled-with)),$(strip $(compiled_with)))
$(BUILD)/compiled-with: FORCE
endif
ifneq ($(strip $(file <$(BUILD)/linked-with)),$(strip $(linked_with)))
$(BUILD)/linked-with: FORCE
endif

$(BUILD)/compiled-with $(BUILD)/linked-with:
	@mkdir -p $(@D)
	@printf '%s\n' $(call quoted,$($(subst -,_,$(@F)))) >$@

FORCE:

$(BUILD)/its-tool: $(cli_objects) $(BUILD)/libits.a $(BUILD)/compiled-with $(BUILD)/linked-with
	$(say) LD $@
	$(Q)$(CC) $(flags) $(CFLAGS) $(link_flags) $(LDFLAGS) -o $@ $(filter %.o %.a,$^) $(deps_libs) $(readline_libs) -pthread
	$(if $(filter 1,$(STATIC)),$(Q)$(STRIP) $@)

$(BUILD)/libits.a: $(library_objects) $(BUILD)/linked-with
	$(say) AR $@
	$(Q)rm -f $@ && $(AR) rcsD $@ $(library_objects)

$(BUILD)/obj/%.o: src/%.c Makefile $(BUILD)/compiled-with
	$(say) CC $@
	@mkdir -p $(@D)
	$(Q)$(compile)

$(BUILD)/obj/cli/%.o: cli_flags += -DITS_TOOL_VERSION='"$(VERSION)"'
$(BUILD)/obj/cli/shell_input.o: cli_flags += $(readline_flags)
$(BUILD)/obj/cli/shell_input.o: $(BUILD)/linked-with

# The simulated board's device tree is part of the program.
$(BUILD)/lab-board.dtb: src/memory/lab-board.dts
	$(say) DTC $@
	@mkdir -p $(@D)
	$(Q)$(DTC) -q -I dts -O dtb -o $@ $<

$(BUILD)/obj/memory/lab-board.o: src/memory/lab-board.S $(BUILD)/lab-board.dtb $(BUILD)/compiled-with
	$(say) AS $@
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -DLAB_BOARD_DTB='"$(BUILD)/lab-board.dtb"' -c -o $@ $<

target:
	$(Q)sysroot="$$(./scripts/sysroot)" && $(MAKE) --no-print-directory CROSS_COMPILE=aarch64-linux-gnu- STATIC=1 READLINE=no \
		BUILD=$(BUILD)/aarch64 SYSROOT="$$sysroot" all

# For this machine as one file, with a C library that is small and licensed for it.
musl:
	$(Q)sysroot="$$(./scripts/musl)" && $(MAKE) --no-print-directory CROSS_COMPILE= CC=musl-gcc STATIC=1 READLINE=no BUILD=$(BUILD)/musl \
		SYSROOT="$$sysroot" LDFLAGS="-L'$$sysroot/usr/lib' $(LDFLAGS)" all

# Tests. Each tests/unit/test_*.c is one cmocka program over the library.
unit_tests := $(patsubst tests/unit/%.c,$(BUILD)/tests/%,$(wildcard tests/unit/test_*.c))

# Device trees that the tests read.
fixtures := $(patsubst tests/fixtures/%.dts,$(BUILD)/fixtures/%.dtb,$(wildcard tests/fixtures/*.dts))

$(BUILD)/fixtures/%.dtb: tests/fixtures/%.dts
	$(say) DTC $@
	@mkdir -p $(@D)
	$(Q)$(DTC) -q -I dts -O dtb -o $@ $<

$(BUILD)/tests/%: tests/unit/%.c $(BUILD)/libits.a $(BUILD)/compiled-with $(BUILD)/linked-with | $(fixtures)
	$(say) CC $@
	@mkdir -p $(@D)
	$(Q)$(CC) $(flags) $(CPPFLAGS) $(CFLAGS) -MMD -MP -MF $@.d -o $@ $< $(BUILD)/libits.a -Itests/unit $(LDFLAGS) \
		-DFIXTURES='"$(abspath $(BUILD))/fixtures"' $(deps_libs) -lcmocka -pthread

check-unit: $(unit_tests) $(fixtures)
	$(Q)set -e; for t in $(unit_tests); do "$$t"; done

# Files side by side, if there is a parallel that bats can use; the tests of a file one after the other.
BATS_FLAGS ?= $(if $(shell parallel --version 2>/dev/null | grep '^GNU'),--jobs $(shell nproc) --no-parallelize-within-files)

check-cli: all
	$(Q)ITS_TOOL="$(abspath $(BUILD)/its-tool)" bats $(BATS_FLAGS) tests/cli

# AddressSanitizer and UBSan under the same tests.
check-asan:
	$(Q)$(MAKE) --no-print-directory BUILD=$(BUILD)/asan LDFLAGS="-fsanitize=address,undefined" \
		CFLAGS="-O1 -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer" check-unit check-cli

check-clang:
	$(Q)$(MAKE) --no-print-directory BUILD=$(BUILD)/clang CC=clang CFLAGS="-Wmissing-variable-declarations" all check-unit

check-valgrind: all
	$(Q)tests/valgrind "$(abspath $(BUILD)/its-tool)"

check-man: all
	$(Q)mandoc -T lint -W warning man/*.[1-9]
	$(Q)tests/examples $(BUILD)/its-tool README.md man/*.[1-9]
	$(Q)reuse lint -q || reuse lint

check-target: target
	$(Q)tests/target/run

# Every device tree of arm64 Linux 6.12, which scripts/dtbs builds once.
check-dtbs: all
	$(Q)tests/dtbs $(BUILD)/its-tool

# Is built again what must be, and only that?
check-build: all
	$(Q)tests/build $(BUILD)

# Packages, tarball and installation, each from nothing, in a minimal Debian; the first minutes of the README with them.
check-packages:
	+$(Q)tests/packages

# What of that needs no root.
check-contrib: all
	+$(Q)tests/contrib $(BUILD)/its-tool

check-musl: musl
	$(Q)ITS_TOOL="$(abspath $(BUILD)/musl/its-tool)" bats $(BATS_FLAGS) tests/cli/write.bats

check-model:
	$(Q)tests/model/run

fuzz-short:
	$(Q)tests/fuzz/run $(BUILD)/fuzz 20000

fuzz:
	$(Q)tests/fuzz/run $(BUILD)/fuzz 1000000

check: check-unit check-cli check-man check-build check-clang check-asan check-valgrind check-contrib check-musl check-model fuzz-short check-dtbs check-target

demo: all
	$(Q)./scripts/demo --no-setup

bench: all target
	$(Q)./scripts/bench

# What is installed, as FROM:TO. Uninstalling reads the same list.
man_pages = $(wildcard man/*.[1-9])
documents = README.md CHANGELOG.md $(wildcard docs/*.md)
examples = $(shell [ ! -d examples ] || find examples -type f | LC_ALL=C sort)
installed = $(BUILD)/its-tool:$(BINDIR)/its-tool \
	$(foreach page,$(man_pages),$(page):$(MANDIR)/man$(subst .,,$(suffix $(page)))/$(notdir $(page))) \
	completions/its-tool.bash:$(DATADIR)/bash-completion/completions/its-tool \
	completions/_its-tool:$(ZSHDIR)/_its-tool \
	completions/its-tool.fish:$(DATADIR)/fish/vendor_completions.d/its-tool.fish \
	$(foreach file,$(documents),$(file):$(DOCDIR)/$(notdir $(file))) \
	$(foreach file,$(examples),$(file):$(DOCDIR)/$(file))

install: all
	$(Q)set -e; for file in $(installed); do \
		mode=644; [ ! -x "$${file%%:*}" ] || mode=755; \
		$(INSTALL) -D -m $$mode "$${file%%:*}" $(call quoted,$(DESTDIR))"$${file#*:}"; \
	done

uninstall:
	$(Q)for file in $(installed); do rm -f $(call quoted,$(DESTDIR))"$${file#*:}"; done
	$(Q)[ ! -d $(call quoted,$(DESTDIR)$(DOCDIR)) ] || find $(call quoted,$(DESTDIR)$(DOCDIR)) -depth -type d -empty -delete

# The script makes "target" too, but on arm64: not at the same time as somebody else who asked for it.
deb: $(if $(filter deb,$(MAKECMDGOALS)),$(if $(filter arm64,$(shell dpkg --print-architecture)),,target))
	+$(Q)./scripts/deb $(BUILD)

# The last commit, in the same bytes wherever and whenever it is packed, whatever its packer's git does to lines and leaves out.
dist:
	@mkdir -p $(BUILD)
	$(say) DIST $(BUILD)/its-tool-$(VERSION).tar.gz
	$(Q)GIT_ATTR_NOSYSTEM=1 git -c core.autocrlf=false -c core.eol=lf -c core.attributesFile=/dev/null -c tar.umask=0022 \
		archive --format=tar --prefix=its-tool-$(VERSION)/ HEAD >$(BUILD)/dist.tar
	$(Q)gzip -9n <$(BUILD)/dist.tar >$(BUILD)/its-tool-$(VERSION).tar.gz && rm $(BUILD)/dist.tar

clean:
	rm -rf $(BUILD)

-include $(library_objects:.o=.d) $(cli_objects:.o=.d) $(unit_tests:=.d)
