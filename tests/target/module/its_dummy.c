// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The lab's device: a platform device behind the ITS, whose only deed is to
 * print a line when its MSI arrives. Its node (compatible "its-tool,dummy",
 * msi-parent = <&its DeviceID>) is added to QEMU's device tree by the lab.
 */
#include <linux/interrupt.h>
#include <linux/mod_devicetable.h>
#include <linux/module.h>
#include <linux/msi.h>
#include <linux/platform_device.h>

#define VECTORS 4

static void its_dummy_write_msg(struct msi_desc *desc, struct msi_msg *msg)
{
	dev_dbg(desc->dev, "MSI address 0x%x%08x data %u\n", msg->address_hi,
		msg->address_lo, msg->data);
}

static irqreturn_t its_dummy_handler(int irq, void *data)
{
	struct device *dev = data;

	dev_info(dev, "MSI arrived: irq %d on CPU %d\n", irq, smp_processor_id());
	return IRQ_HANDLED;
}

static int its_dummy_probe(struct platform_device *pdev)
{
	struct device *dev = &pdev->dev;
	unsigned int i;
	int err;

	err = platform_device_msi_init_and_alloc_irqs(dev, VECTORS, its_dummy_write_msg);
	if (err)
		return dev_err_probe(dev, err, "no MSI vectors\n");
	for (i = 0; i < VECTORS; i++) {
		int irq = msi_get_virq(dev, i);

		err = request_irq(irq, its_dummy_handler, 0, dev_name(dev), dev);
		if (err) {
			while (i--)
				free_irq(msi_get_virq(dev, i), dev);
			platform_device_msi_free_irqs_all(dev);
			return dev_err_probe(dev, err, "irq %d\n", irq);
		}
		dev_info(dev, "EventID %u is irq %d\n", i, irq);
	}
	return 0;
}

static void its_dummy_remove(struct platform_device *pdev)
{
	struct device *dev = &pdev->dev;
	unsigned int i;

	for (i = 0; i < VECTORS; i++)
		free_irq(msi_get_virq(dev, i), dev);
	platform_device_msi_free_irqs_all(dev);
}

static const struct of_device_id its_dummy_of_match[] = {
	{ .compatible = "its-tool,dummy" },
	{ }
};
MODULE_DEVICE_TABLE(of, its_dummy_of_match);

static struct platform_driver its_dummy_driver = {
	.probe = its_dummy_probe,
	.remove_new = its_dummy_remove,
	.driver = {
		.name = "its-dummy",
		.of_match_table = its_dummy_of_match,
	},
};
module_platform_driver(its_dummy_driver);

MODULE_DESCRIPTION("its-tool lab device: prints a line when its MSI arrives");
MODULE_LICENSE("GPL");
