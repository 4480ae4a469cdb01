# SPDX-License-Identifier: GPL-2.0-or-later
# Shared by the scripts of this directory; sourced, not run.

cross=aarch64-linux-gnu-
cache=${ITS_TOOL_CACHE:-${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/its-tool}

say() { echo "$*" >&2; }
die() {
	echo "${0##*/}: $*" >&2
	exit 1
}

# The arm64 packages that the lab takes apart are fetched by an apt whose state lives in the cache: neither the
# machine's list of architectures nor its package lists change, and no root is needed.
arm64_apt() {
	program=$1
	shift
	"$program" -q -o APT::Architecture=arm64 -o APT::Architectures=arm64 -o APT::Sandbox::User="$(id -un)" \
		-o Dir::State::Lists="$cache/apt/lists" -o Dir::State::status=/dev/null -o Dir::Cache="$cache/apt" \
		-o Debug::NoLocking=1 -o APT::Get::List-Cleanup=0 -o Acquire::Retries=3 "$@"
}

# temporary DIRECTORY: makes it, and removes it when this shell ends. For what is made under another name, and gets its own when
# it is whole: in a shell of its own, whose traps they are.
temporary() {
	temporary=$1
	trap 'rm -rf "$temporary"' EXIT
	trap 'exit 129' HUP
	trap 'exit 130' INT
	trap 'exit 143' TERM
	mkdir -p "$temporary" || die "cannot make $temporary"
}

# Fetches the lists, once, and not two runs at the same time: the files of the cache are kept until somebody removes the cache.
arm64_lists() (
	[ ! -e "$cache/apt/updated" ] || exit 0
	mkdir -p "$cache/apt/lists/partial" "$cache/apt/archives/partial" || die "cannot make $cache/apt"
	exec 9>"$cache/apt/lock"
	flock 9
	[ ! -e "$cache/apt/updated" ] || exit 0
	say "${0##*/}: fetching the arm64 package lists"
	arm64_apt apt-get update -o APT::Update::Error-Mode=any >"$cache/apt/update.log" 2>&1 9>&- || {
		cat "$cache/apt/update.log" >&2
		die "apt-get update failed for arm64 (is the network there?)"
	}
	: >"$cache/apt/updated"
)

# Prints the directory that holds the unpacked arm64 package $1, fetching it the first time.
arm64_package() (
	for unpacked in "$cache/arm64/$1"_*; do
		[ -d "$unpacked" ] && [ "${unpacked%.tmp*}" = "$unpacked" ] && { echo "$unpacked"; exit 0; }
	done
	arm64_lists || exit
	say "${0##*/}: fetching $1:arm64"
	work=$cache/arm64/$1.tmp.$$
	temporary "$work"
	mkdir "$work/tree" || exit
	(cd "$work" && arm64_apt apt-get download "$1" >log 2>&1) || {
		cat "$work/log" >&2
		# Old lists name packages that the archive has since replaced.
		rm -f "$cache/apt/updated"
		die "cannot fetch $1:arm64; run again to fetch fresh package lists"
	}
	unpacked=$(basename "$work"/*.deb .deb)
	# Said by hand: "set -e" is not in force in a substitution of bash.
	dpkg -x "$work/$unpacked.deb" "$work/tree" || die "cannot unpack $1:arm64"
	# Another run may have been faster: then its result stands.
	mv -T "$work/tree" "$cache/arm64/$unpacked" 2>/dev/null || [ -d "$cache/arm64/$unpacked" ] || die "cannot make $cache/arm64/$unpacked"
	echo "$cache/arm64/$unpacked"
)

# Prints the directory that holds Debian's own arm64 kernel, the second guest.
stock_kernel() {
	for unpacked in "$cache"/arm64/linux-image-[0-9]*-cloud-arm64_*; do
		[ -d "$unpacked/boot" ] && { echo "$unpacked"; return; }
	done
	arm64_lists || exit
	package=$(arm64_apt apt-cache depends linux-image-cloud-arm64 |
		sed -n 's/.*Depends: \(linux-image-[0-9][^ ]*\).*/\1/p' | head -n 1)
	[ -n "$package" ] || die "the archive has no linux-image-cloud-arm64"
	arm64_package "$package"
}
