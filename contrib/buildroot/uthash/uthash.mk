################################################################################
#
# uthash
#
################################################################################

UTHASH_VERSION = 2.3.0
UTHASH_SITE = $(call github,troydhanson,uthash,v$(UTHASH_VERSION))
UTHASH_LICENSE = BSD-1-Clause
UTHASH_LICENSE_FILES = LICENSE
UTHASH_INSTALL_STAGING = YES
# only headers
UTHASH_INSTALL_TARGET = NO

define UTHASH_INSTALL_STAGING_CMDS
	$(INSTALL) -D -m 0644 -t $(STAGING_DIR)/usr/include $(@D)/src/*.h
endef

$(eval $(generic-package))
