/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The device tree blob of the simulated board, as a part of the program. */
	.section .rodata, "a", %progbits
	.balign 8
	.globl sim_lab_board_dtb
	.type sim_lab_board_dtb, %object
sim_lab_board_dtb:
	.incbin LAB_BOARD_DTB
	.size sim_lab_board_dtb, . - sim_lab_board_dtb
	.globl sim_lab_board_dtb_end
	.type sim_lab_board_dtb_end, %object
sim_lab_board_dtb_end:
	.byte 0
	.size sim_lab_board_dtb_end, 1

	.section .note.GNU-stack, "", %progbits
