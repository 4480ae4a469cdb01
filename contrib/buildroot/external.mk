include $(sort $(wildcard $(BR2_EXTERNAL_ITS_TOOL_PATH)/*/*.mk))
