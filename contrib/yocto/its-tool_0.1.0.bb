SUMMARY = "Inspects and drives the command queue of an Arm GICv3/GICv4 ITS"
DESCRIPTION = "Decodes the registers and the command ring of the Interrupt Translation \
Service of a running Linux, says what it stalled on and why an MSI is lost, and appends \
commands without disturbing the driver."
SECTION = "console/utils"
LICENSE = "GPL-2.0-or-later"
LIC_FILES_CHKSUM = "file://LICENSES/GPL-2.0-or-later.txt;md5=b234ee4d69f5fce4486a80fdaf4a4263"

DEPENDS = "dtc dtc-native uthash yajl zlib"

inherit bash-completion externalsrc pkgconfig

# The recipe lies in the source that it builds.
EXTERNALSRC = "${@os.path.normpath(d.getVar('THISDIR') + '/../..')}"

COMPATIBLE_HOST = "aarch64.*-linux"

PACKAGECONFIG ??= ""
PACKAGECONFIG[readline] = "READLINE=yes,READLINE=no,readline"

EXTRA_OEMAKE = " \
    BUILD=${B}/build \
    CORE=no \
    WERROR=0 \
    PREFIX=${prefix} \
    BINDIR=${sbindir} \
    MANDIR=${mandir} \
    DATADIR=${datadir} \
    DOCDIR=${docdir}/${BPN} \
    ${PACKAGECONFIG_CONFARGS} \
"

do_compile() {
    oe_runmake -C ${S} all
}

do_install() {
    oe_runmake -C ${S} DESTDIR=${D} install
}

FILES:${PN} += "${datadir}/fish ${datadir}/zsh"
