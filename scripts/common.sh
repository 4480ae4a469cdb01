# SPDX-License-Identifier: GPL-2.0-or-later
# Shared by the scripts of this directory; sourced, not run.

cross=aarch64-linux-gnu-
cache=${ITS_TOOL_CACHE:-${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/its-tool}

say() { echo "$*" >&2; }
die() {
	echo "${0##*/}: $*" >&2
	exit 1
}
