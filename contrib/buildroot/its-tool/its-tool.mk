################################################################################
#
# its-tool
#
################################################################################

# This external tree lies in the source that it builds.
ITS_TOOL_VERSION = 0.1.0
ITS_TOOL_SITE = $(BR2_EXTERNAL_ITS_TOOL_PATH)/../..
ITS_TOOL_SITE_METHOD = local
ITS_TOOL_OVERRIDE_SRCDIR_RSYNC_EXCLUSIONS = --exclude /build
ITS_TOOL_LICENSE = GPL-2.0+
ITS_TOOL_LICENSE_FILES = LICENSES/GPL-2.0-or-later.txt
ITS_TOOL_DEPENDENCIES = host-dtc host-pkgconf dtc uthash yajl zlib

ITS_TOOL_MAKE_OPTS = \
	CORE=no \
	PREFIX=/usr \
	WERROR=0

ifeq ($(BR2_PACKAGE_READLINE),y)
ITS_TOOL_DEPENDENCIES += readline
ITS_TOOL_MAKE_OPTS += READLINE=yes
else
ITS_TOOL_MAKE_OPTS += READLINE=no
endif

define ITS_TOOL_BUILD_CMDS
	$(TARGET_CONFIGURE_OPTS) $(MAKE) -C $(@D) $(ITS_TOOL_MAKE_OPTS) all
endef

define ITS_TOOL_INSTALL_TARGET_CMDS
	$(TARGET_CONFIGURE_OPTS) $(MAKE) -C $(@D) $(ITS_TOOL_MAKE_OPTS) \
		DESTDIR=$(TARGET_DIR) install
endef

$(eval $(generic-package))
