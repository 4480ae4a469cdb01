// SPDX-License-Identifier: GPL-2.0-or-later
/* Which DeviceID has a device, and which device has a DeviceID: the firmware's arithmetic. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "its/board.h"
#include "its/number.h"

/* Linux: of_map_id(); load_tuple() has left out the tuples that cannot match. */
static bool map_rid(const struct board_client *tuple, uint32_t rid, uint32_t *device_id)
{
	uint32_t masked = rid & tuple->mask;

	if (masked < tuple->rid_base || masked - tuple->rid_base >= tuple->length)
		return false;
	*device_id = tuple->msi_base + (tuple->same ? 0 : masked - tuple->rid_base);
	return true;
}

static void set_pci(struct board_device *device, const struct board_client *client, uint32_t rid,
		    uint32_t device_id)
{
	*device = (struct board_device){
		.its = client->its, .device_id = device_id, .is_pci = true,
		.pci_domain = client->domain, .rid = (uint16_t)rid, .node = client->node,
	};
}

static void set_platform(struct board_device *device, const struct board_client *client,
			 uint32_t device_id)
{
	*device = (struct board_device){
		.its = client->its, .device_id = device_id, .node = client->node,
		.linux_name = client->linux_name,
	};
}

/*
 * The way of a PCI function's MSIs: the first tuple of msi-map that has its
 * RID, else msi-parent of the bridge, with the RID as DeviceID (Linux:
 * pci_msi_domain_get_msi_rid(); the cell of msi-parent does not count).
 */
static bool find_pci(const struct board *board, size_t its, uint32_t domain, uint32_t rid,
		     struct board_device *device)
{
	const struct board_client *parent = NULL;

	for (size_t i = 0; i < board->n_clients; i++) {
		const struct board_client *client = &board->clients[i];
		uint32_t device_id;

		if (!client->pci || !client->available || client->domain != domain ||
		    (its != SIZE_MAX && client->its != its))
			continue;
		if (client->kind == BOARD_MSI_PARENT) {
			if (!parent)
				parent = client;
		} else if (map_rid(client, rid, &device_id)) {
			set_pci(device, client, rid, device_id);
			return true;
		}
	}
	if (!parent)
		return false;
	set_pci(device, parent, rid, rid);
	return true;
}

/* @digits hexadecimal digits at most; advances @text. */
static bool parse_hex(const char **text, unsigned digits, uint32_t *value)
{
	const char *p = *text;
	uint32_t sum = 0;

	while (p - *text <= (ptrdiff_t)digits) {
		int digit = its_hex_digit(*p);

		if (digit < 0)
			break;
		sum = sum << 4 | (uint32_t)digit;
		p++;
	}
	if (p == *text || p - *text > (ptrdiff_t)digits)
		return false;
	*text = p;
	*value = sum;
	return true;
}

/* "DDDD:BB:DD.F" or "BB:DD.F". @has_domain is set if the former. */
static bool parse_pci(const char *text, bool *has_domain, uint32_t *domain, uint32_t *rid)
{
	const char *colon = strchr(text, ':');
	uint32_t bus, slot, function;

	*has_domain = colon && strchr(colon + 1, ':');
	if (*has_domain && (!parse_hex(&text, 8, domain) || *text++ != ':'))
		return false;
	if (!parse_hex(&text, 2, &bus) || *text++ != ':' ||
	    !parse_hex(&text, 2, &slot) || *text++ != '.' ||
	    !parse_hex(&text, 1, &function) || *text)
		return false;
	if (slot > 31 || function > 7)
		return false;
	*rid = bus << 8 | slot << 3 | function;
	return true;
}

/* The domain that "01:00.0" is in: the only one there is, else 0, as lspci has it. */
static uint32_t default_domain(const struct board *board)
{
	uint32_t domain = UINT32_MAX;

	for (size_t i = 0; i < board->n_clients; i++) {
		const struct board_client *client = &board->clients[i];

		if (!client->pci || !client->available || client->domain == domain)
			continue;
		if (domain != UINT32_MAX)
			return 0;
		domain = client->domain;
	}
	return domain == UINT32_MAX ? 0 : domain;
}

static const char *its_node(const struct board *board, size_t its)
{
	return its < board->n_its ? board->its[its].node : "?";
}

/* The last word on a device that was found: its ITS must be one that works. */
static int check_its(const struct board *board, const struct board_device *device, const char *text,
		     struct its_error *error)
{
	const struct board_its *its = &board->its[device->its];

	if (its->available)
		return 0;
	return its_error(error, ITS_ERR_USAGE, "%.100s sends its MSIs to %.200s, which is disabled",
			 text, its->node);
}

static int not_behind(const struct board *board, size_t its, const char *text, size_t other,
		      struct its_error *error)
{
	return its_error(error, ITS_ERR_USAGE,
			 "%.100s is behind ITS %zu (%.150s), not %zu (%.150s)", text, other,
			 its_node(board, other), its, its_node(board, its));
}

static int device_from_pci(const struct board *board, size_t its, const char *text,
			   uint32_t domain, uint32_t rid, struct board_device *device,
			   struct its_error *error)
{
	bool bridge = false;

	if (find_pci(board, its, domain, rid, device))
		return check_its(board, device, text, error);
	if (its != SIZE_MAX && find_pci(board, SIZE_MAX, domain, rid, device))
		return not_behind(board, its, text, device->its, error);
	for (size_t i = 0; i < board->n_clients; i++)
		bridge = bridge || (board->clients[i].pci && board->clients[i].available &&
				    board->clients[i].domain == domain);
	if (bridge)
		its_error(error, ITS_ERR_USAGE, "no %s of PCI domain 0x%04" PRIx32
			  " covers RID 0x%04" PRIx32 " (%.100s): it has no MSI through an ITS",
			  board->acpi ? "ID mapping" : "msi-map", domain, rid, text);
	else
		its_error(error, ITS_ERR_USAGE, "no PCI host bridge of domain 0x%04" PRIx32
			  " sends MSIs to an ITS (%s)", domain,
			  board->acpi ? "root complex of the IORT" : "msi-map or msi-parent");
	its_hint(error, "the DeviceID itself is accepted too, as a number");
	return ITS_ERR_USAGE;
}

static int device_from_number(const struct board *board, size_t its, uint64_t number,
			      struct board_device *device, struct its_error *error)
{
	size_t n = 0;

	if (number > UINT32_MAX)
		return its_error(error, ITS_ERR_USAGE,
				 "DeviceID 0x%" PRIx64 " has more than 32 bits", number);
	for (size_t i = 0; its == SIZE_MAX && i < board->n_its; i++) {
		if (!board->its[i].available || !board->its[i].translated)
			continue;
		n++;
		device->its = i;
	}
	if (its == SIZE_MAX) {
		if (n != 1)
			return its_error(error, n ? ITS_ERR_USAGE : ITS_ERR_NO_ITS,
					 n ? "DeviceID 0x%" PRIx64 ": on which ITS? There are %zu" :
					 "DeviceID 0x%" PRIx64 ": there is no usable ITS (%zu)",
					 number, n);
		its = device->its;
	}
	if (!board_device_of(board, its, (uint32_t)number, device))
		*device = (struct board_device){ .its = its, .device_id = (uint32_t)number };
	return 0;
}

/* "/soc/dummy@1a00a0000", "dummy@1a00a0000", "dummy" or Linux's "1a00a0000.dummy". */
static bool is_called(const struct board_client *client, const char *text)
{
	const char *name = strrchr(client->node, '/') + 1;
	size_t base = strcspn(name, "@");

	if (text[0] == '/')
		return !strcmp(client->node, text);
	return !strcmp(name, text) || (client->linux_name && !strcmp(client->linux_name, text)) ||
	       (strlen(text) == base && !strncmp(name, text, base));
}

struct search {
	const struct board_client *found, *second, *elsewhere, *bridge;
};

static void search_name(const struct board *board, size_t its, const char *text, bool available,
			struct search *search)
{
	*search = (struct search){ .found = NULL };
	for (size_t i = 0; i < board->n_clients; i++) {
		const struct board_client *client = &board->clients[i];

		if (client->available != available || !is_called(client, text))
			continue;
		if (client->pci || client->kind == BOARD_MSI_MAP)
			search->bridge = client;
		else if (its != SIZE_MAX && client->its != its)
			search->elsewhere = client;
		else if (!search->found)	/* Linux takes the first specifier of a node */
			search->found = client;
		else if (strcmp(search->found->node, client->node))
			search->second = client;
	}
}

static int device_from_name(const struct board *board, size_t its, const char *text,
			    struct board_device *device, struct its_error *error)
{
	struct search search, disabled;

	search_name(board, its, text, true, &search);
	search_name(board, its, text, false, &disabled);
	if (!search.found && !search.elsewhere && !search.bridge)
		search = disabled;
	if (search.second)
		return its_error(error, ITS_ERR_USAGE,
				 "\"%.60s\" fits more than one device: %.200s and %.200s", text,
				 search.found->node, search.second->node);
	if (search.found && !search.found->has_device_id) {
		its_error(error, ITS_ERR_USAGE, "msi-parent of %.200s holds no DeviceID, because "
			  "%.200s has no #msi-cells", search.found->node,
			  its_node(board, search.found->its));
		its_hint(error, "give the DeviceID as a number");
		return ITS_ERR_USAGE;
	}
	if (search.found) {
		set_platform(device, search.found, search.found->device_id);
		return check_its(board, device, text, error);
	}
	if (search.elsewhere)
		return not_behind(board, its, text, search.elsewhere->its, error);
	if (search.bridge)
		its_error(error, ITS_ERR_USAGE, "%.200s is a bridge: which device behind it?",
			  search.bridge->node);
	else
		its_error(error, ITS_ERR_USAGE, "no device \"%.100s\" with %s", text, board->acpi ?
			  "a way to an ITS in the IORT" :
			  "msi-parent to an ITS in the device tree");
	its_hint(error, "a device is a DeviceID (0x10), a PCI address (0000:01:00.0), a node path "
		 "or name (dummy@1a00a0000), or a Linux platform device (1a00a0000.dummy)");
	return ITS_ERR_USAGE;
}

int board_find_device(const struct board *board, size_t its, const char *text,
		      struct board_device *device, struct its_error *error)
{
	uint32_t domain = 0, rid;
	uint64_t number;
	bool has_domain;

	*device = (struct board_device){ .its = SIZE_MAX };
	if (its != SIZE_MAX && its >= board->n_its)
		return its_error(error, ITS_ERR_USAGE, "there is no ITS %zu", its);
	if (its_number_parse(text, &number))
		return device_from_number(board, its, number, device, error);
	if (parse_pci(text, &has_domain, &domain, &rid)) {
		if (!has_domain)
			domain = default_domain(board);
		return device_from_pci(board, its, text, domain, rid, device, error);
	}
	return device_from_name(board, its, text, device, error);
}

/*
 * How surely @client has the DeviceID: 0 not at all, 1 it is a bridge that
 * takes every RID, 2 by its map, 3 by its own msi-parent.
 */
static int claims(const struct board *board, const struct board_client *client, uint32_t device_id,
		  struct board_device *device)
{
	uint32_t rid = device_id - client->msi_base + client->rid_base;

	if (client->kind == BOARD_MSI_PARENT && !client->pci) {
		if (!client->has_device_id || client->device_id != device_id)
			return 0;
		set_platform(device, client, device_id);
		return 3;
	}
	if (client->kind == BOARD_MSI_PARENT) {
		if (device_id > UINT16_MAX || !find_pci(board, client->its, client->domain,
							device_id, device))
			return 0;
		return device->device_id == device_id ? 1 : 0;
	}
	if (device_id < client->msi_base ||
	    device_id - client->msi_base >= (client->same ? 1 : client->length) ||
	    rid & ~client->mask)
		return 0;
	if (!client->pci) {	/* another kind of bus, such as fsl-mc: its ids are its own */
		set_platform(device, client, device_id);
		device->linux_name = NULL;
		return 2;
	}
	/* The way there decides: an earlier tuple may have taken this RID. */
	if (rid > UINT16_MAX || !find_pci(board, client->its, client->domain, rid, device) ||
	    device->device_id != device_id)
		return 0;
	return 2;
}

bool board_device_of(const struct board *board, size_t its, uint32_t device_id,
		     struct board_device *device)
{
	int best = 0;

	for (size_t i = 0; i < board->n_clients; i++) {
		const struct board_client *client = &board->clients[i];
		struct board_device candidate;
		int sure;

		if (client->its != its || !client->available)
			continue;
		sure = claims(board, client, device_id, &candidate);
		if (sure > best) {
			best = sure;
			*device = candidate;
		}
	}
	return best > 0;
}

const char *board_device_name(const struct board_device *device, char *buffer, size_t size)
{
	if (device->is_pci)
		snprintf(buffer, size, "%04" PRIx32 ":%02x:%02x.%u", device->pci_domain,
			 device->rid >> 8, device->rid >> 3 & 31u, device->rid & 7u);
	else
		snprintf(buffer, size, "%s", device->node ? device->node : "?");
	return buffer;
}
