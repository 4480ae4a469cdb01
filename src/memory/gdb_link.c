// SPDX-License-Identifier: GPL-2.0-or-later
/* How is a gdb stub asked, and what if it does not answer? */
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "gdb_link.h"
#include "its/memory.h"

#define TRIES 3				/* of one question, and of one answer, with a wrong checksum */
#define MS UINT64_C(1000000)		/* ns */

/* What next_event() says beside an enum gdb_event. */
enum { LINK_CLOSED = -1, LINK_TIMEOUT = -2 };

bool gdb_address_parse(const char *text, size_t length, struct gdb_address *address)
{
	const char *colon = memrchr(text, ':', length), *host = text, *port = colon ? colon + 1 : text;
	size_t host_length = colon ? (size_t)(colon - text) : 0, port_length = length - (size_t)(port - text);
	size_t i;

	memset(address, 0, sizeof(*address));
	if (length && *text == '/') {
		if (length >= sizeof(address->host))
			return false;
		memcpy(address->host, text, length);
		return true;
	}
	if (host_length && *host == '[') {
		if (host_length < 3 || host[host_length - 1] != ']')
			return false;
		host++;
		host_length -= 2;
	} else if (colon && memchr(text, ':', host_length)) {
		return false;		/* of an IPv6 address, which wants its brackets */
	}
	if ((colon && !host_length) || host_length >= sizeof(address->host) || !port_length ||
	    port_length > 5)
		return false;
	for (i = 0; i < port_length; i++)
		if (!isdigit((unsigned char)port[i]))
			return false;
	memcpy(address->host, host_length ? host : "localhost", host_length ? host_length : 9);
	memcpy(address->port, port, port_length);
	return true;
}

/* Connects, without waiting beyond @deadline; -1 with errno. */
static int connect_to(const struct sockaddr *to, socklen_t size, uint64_t deadline)
{
	int fd = socket(to->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), one = 1, cause = 0;
	socklen_t length = sizeof(cause);

	if (fd < 0)
		return -1;
	if (connect(fd, to, size)) {
		struct pollfd poll_fd = { .fd = fd, .events = POLLOUT };

		cause = errno;
		while (cause == EINPROGRESS || cause == EINTR || cause == EAGAIN) {
			uint64_t now = memory_now_ns();

			if (now >= deadline) {
				cause = ETIMEDOUT;
			} else if (cause == EAGAIN) {
				/* A socket of the file system whose queue is full: no event will tell. */
				poll(NULL, 0, 10);
				cause = connect(fd, to, size) ? errno : 0;
			} else if (poll(&poll_fd, 1, (int)((deadline - now) / MS) + 1) > 0) {
				cause = 0;
				getsockopt(fd, SOL_SOCKET, SO_ERROR, &cause, &length);
			}
		}
	}
	if (cause) {
		close(fd);
		errno = cause;
		return -1;
	}
	if (to->sa_family != AF_UNIX)
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return fd;
}

/* A statically linked program has no name service: there it is numbers and "localhost". */
static int connect_name(const struct gdb_address *address, uint64_t deadline, const char **why)
{
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	const char *host = strcmp(address->host, "localhost") ? address->host : "127.0.0.1";
	unsigned port = 0;
	int fd = -1;

	sscanf(address->port, "%u", &port);
	v4.sin_port = v6.sin6_port = htons((uint16_t)port);
	if (!port || port > 65535) {
		*why = "a port is a number from 1 to 65535";
		return -1;
	}
	if (inet_pton(AF_INET, host, &v4.sin_addr) == 1)
		fd = connect_to((struct sockaddr *)&v4, sizeof(v4), deadline);
	else if (inet_pton(AF_INET6, host, &v6.sin6_addr) == 1)
		fd = connect_to((struct sockaddr *)&v6, sizeof(v6), deadline);
	else {
#ifdef ITS_TOOL_STATIC
		*why = "this program is linked statically: it wants the numeric address of a host";
		return -1;
#else
		struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *list, *each;
		int cause = getaddrinfo(host, address->port, &hints, &list);

		if (cause) {
			*why = gai_strerror(cause);
			return -1;
		}
		for (each = list; each && fd < 0; each = each->ai_next)
			fd = connect_to(each->ai_addr, each->ai_addrlen, deadline);
		cause = errno;
		freeaddrinfo(list);
		errno = cause;
#endif
	}
	if (fd < 0)
		*why = strerror(errno);
	return fd;
}

int gdb_link_open(struct gdb_link *link, const struct gdb_address *address, unsigned timeout_ms,
		  struct its_error *error)
{
	uint64_t deadline = memory_now_ns() + timeout_ms * MS;
	struct sockaddr_un path = { .sun_family = AF_UNIX };
	const char *why = "";

	memset(link, 0, sizeof(*link));
	gdb_reader_reset(&link->reader);
	link->timeout_ms = timeout_ms;
	if (*address->port) {
		snprintf(link->name, sizeof(link->name), "%s:%s", address->host, address->port);
		link->fd = connect_name(address, deadline, &why);
	} else {
		snprintf(link->name, sizeof(link->name), "%s", address->host);
		memcpy(path.sun_path, address->host, sizeof(path.sun_path));
		link->fd = connect_to((struct sockaddr *)&path, sizeof(path), deadline);
		if (link->fd < 0)
			why = strerror(errno);
	}
	if (link->fd >= 0)
		return 0;
	its_error(error, ITS_ERR_ACCESS, "no connection to the gdb stub at %s: %s", link->name, why);
	return its_hint(error, "QEMU listens with -gdb tcp::1234 (or -s), OpenOCD on port 3333");
}

void gdb_link_doing(struct gdb_link *link, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(link->doing, sizeof(link->doing), format, arguments);
	va_end(arguments);
}

static int lost(struct gdb_link *link, int code, const char *what, struct its_error *error)
{
	if (!link->broken.code) {
		its_error(&link->broken, code, "gdb stub at %s: %s while %s", link->name, what, link->doing);
		if (link->state)
			its_hint(&link->broken, "%s", link->state);
	}
	if (error)
		*error = link->broken;
	return link->broken.code;
}

static int lost_event(struct gdb_link *link, int event, struct its_error *error)
{
	char what[80];

	if (event == LINK_CLOSED)
		return lost(link, ITS_ERR_FAILED, "the connection was closed", error);
	snprintf(what, sizeof(what), "no answer for %u ms", link->timeout_ms);
	return lost(link, ITS_ERR_TIMEOUT, what, error);
}

static int send_bytes(struct gdb_link *link, const char *bytes, size_t length, uint64_t deadline)
{
	while (length) {
		struct pollfd poll_fd = { .fd = link->fd, .events = POLLOUT };
		ssize_t sent = send(link->fd, bytes, length, MSG_NOSIGNAL);
		uint64_t now;

		if (sent >= 0) {
			bytes += sent;
			length -= (size_t)sent;
			continue;
		}
		if (errno != EAGAIN && errno != EINTR)
			return LINK_CLOSED;
		now = memory_now_ns();
		if (now >= deadline)
			return LINK_TIMEOUT;
		poll(&poll_fd, 1, (int)((deadline - now) / MS) + 1);
	}
	return 0;
}

/* The next enum gdb_event but GDB_MORE, or LINK_... */
static int next_event(struct gdb_link *link, uint64_t deadline)
{
	for (;;) {
		struct pollfd poll_fd = { .fd = link->fd, .events = POLLIN };
		uint64_t now;
		ssize_t got;

		while (link->at < link->have) {
			enum gdb_event event = gdb_reader_feed(&link->reader, link->input[link->at++]);

			if (event != GDB_MORE)
				return (int)event;
		}
		/* A stub that never ends its packet is no better than one that is silent. */
		now = memory_now_ns();
		if (now >= deadline)
			return LINK_TIMEOUT;
		got = recv(link->fd, link->input, sizeof(link->input), 0);
		if (!got || (got < 0 && errno != EAGAIN && errno != EINTR))
			return LINK_CLOSED;
		link->at = 0;
		link->have = got > 0 ? (size_t)got : 0;
		if (got < 0)
			poll(&poll_fd, 1, (int)((deadline - now) / MS) + 1);
	}
}

/* The next packet, acknowledged. @frame of @length bytes is what is said again when the stub asks for it. */
static int next_packet(struct gdb_link *link, const char *frame, size_t length, uint64_t deadline)
{
	unsigned naks = 0, bad = 0;
	int event, err = 0;

	for (;;) {
		event = next_event(link, deadline);
		switch (event) {
		case GDB_ACK:
		case GDB_NOTIFICATION:
			break;
		case GDB_NAK:
			if (!length || ++naks == TRIES)
				return GDB_NAK;
			err = send_bytes(link, frame, length, deadline);
			break;
		case GDB_PACKET:
			return link->no_ack ? 0 : send_bytes(link, "+", 1, deadline);
		case GDB_BAD_CHECKSUM:
		case GDB_BAD_PACKET:
			if (link->no_ack || ++bad == TRIES)
				return event;
			err = send_bytes(link, "-", 1, deadline);
			break;
		default:
			return event;
		}
		if (err)
			return err;
	}
}

static int packet_failed(struct gdb_link *link, int event, struct its_error *error)
{
	switch (event) {
	case GDB_NAK:
		return lost(link, ITS_ERR_FAILED, "it refuses every packet (checksums)", error);
	case GDB_BAD_CHECKSUM:
		return lost(link, ITS_ERR_FAILED, "wrong checksum, several times,", error);
	case GDB_BAD_PACKET:
		return lost(link, ITS_ERR_FAILED, "a packet that is too long or malformed", error);
	default:
		return lost_event(link, event, error);
	}
}

static void add_console(struct gdb_link *link, const char *digits, size_t length)
{
	size_t count = length / 2, room = link->console_size - 1 - link->console_used;

	count = count < room ? count : room;
	if (gdb_unhex(digits, 2 * count, link->console + link->console_used, count))
		link->console_used += count;
	link->console[link->console_used] = '\0';
}

/* "O" and hexadecimal digits: text for the user. "OK" is none. */
static bool take_console(struct gdb_link *link)
{
	const struct gdb_reader *reader = &link->reader;

	if (reader->length < 3 || reader->data[0] != 'O' || reader->length % 2 == 0 ||
	    !isxdigit((unsigned char)reader->data[1]))
		return false;
	if (link->console)
		add_console(link, reader->data + 1, reader->length - 1);
	return true;
}

int gdb_link_ask(struct gdb_link *link, const void *data, size_t length, struct its_error *error)
{
	uint64_t deadline = memory_now_ns() + link->timeout_ms * MS;
	size_t framed = length > GDB_REQUEST_MAX ? 0 : gdb_frame(link->frame, sizeof(link->frame), data, length);
	int event;

	if (link->broken.code)
		return lost(link, 0, "", error);
	if (!framed)
		return its_error(error, ITS_ERR_INPUT, "%zu bytes do not fit into one packet to the gdb stub",
				 length);
	gdb_link_block(link);
	event = send_bytes(link, link->frame, framed, deadline);
	do {
		if (!event)
			event = next_packet(link, link->frame, framed, deadline);
		/* A halt that nobody asked for (QEMU says so on connecting) is no answer. */
	} while (!event && (take_console(link) || (*(const char *)data != '?' &&
						   gdb_is_stop(link->reader.data, link->reader.length))));
	gdb_link_unblock(link);
	return event ? packet_failed(link, event, error) : 0;
}

int gdb_link_ask_text(struct gdb_link *link, const char *text, struct its_error *error)
{
	return gdb_link_ask(link, text, strlen(text), error);
}

bool gdb_link_answered(const struct gdb_link *link, const char *text)
{
	return link->reader.length == strlen(text) && !memcmp(link->reader.data, text, link->reader.length);
}

int gdb_link_command(struct gdb_link *link, const char *text, struct its_error *error)
{
	int err = gdb_link_ask_text(link, text, error);

	if (err || gdb_link_answered(link, "OK"))
		return err;
	return its_error(error, ITS_ERR_INPUT, "gdb stub at %s answers '%.40s' to '%.40s' while %s", link->name,
			 link->reader.data, text, link->doing);
}

int gdb_link_monitor(struct gdb_link *link, const char *command, char *text, size_t size,
		     struct its_error *error)
{
	char request[GDB_REQUEST_MAX] = "qRcmd,";
	size_t length = strlen(command);
	int err;

	if (2 * length + 8 > sizeof(request))
		return its_error(error, ITS_ERR_INPUT, "a monitor command of %zu bytes is too long", length);
	gdb_hex(request + 6, command, length);
	*text = '\0';
	link->console = text;
	link->console_used = 0;
	link->console_size = size;
	err = gdb_link_ask_text(link, request, error);
	/* Old servers send the output before the OK, new ones (also) as the answer. */
	if (!err && !gdb_link_answered(link, "OK") && link->reader.length &&
	    !gdb_is_error(link->reader.data, link->reader.length)) {
		add_console(link, link->reader.data, link->reader.length);
		link->console = NULL;
		return 0;
	}
	link->console = NULL;
	if (err || gdb_link_answered(link, "OK"))
		return err;
	return its_error(error, ITS_ERR_INPUT, "gdb stub at %s answers '%.40s' to 'monitor %.60s': %.100s",
			 link->name, link->reader.data, command, text);
}

int gdb_link_halt(struct gdb_link *link, struct its_error *error)
{
	uint64_t deadline = memory_now_ns() + link->timeout_ms * MS;
	int event;

	if (link->broken.code)
		return lost(link, 0, "", error);
	gdb_link_doing(link, "halting the target");
	gdb_link_block(link);
	event = send_bytes(link, "\003", 1, deadline);
	do {
		if (!event)
			event = next_packet(link, NULL, 0, deadline);
	} while (!event && !gdb_is_stop(link->reader.data, link->reader.length));
	gdb_link_unblock(link);
	return event ? packet_failed(link, event, error) : 0;
}

int gdb_link_continue(struct gdb_link *link, const char *text, struct its_error *error)
{
	uint64_t deadline = memory_now_ns() + link->timeout_ms * MS;
	size_t framed = gdb_frame(link->frame, sizeof(link->frame), text, strlen(text));
	int event;

	if (link->broken.code)
		return lost(link, 0, "", error);
	gdb_link_doing(link, "letting the target run for a moment");
	gdb_link_block(link);
	event = send_bytes(link, link->frame, framed, deadline);
	while (!event && !link->no_ack) {
		event = next_event(link, deadline);
		if (event == GDB_ACK)
			break;
		event = event < 0 || event == GDB_NAK ? event : 0;
	}
	gdb_link_unblock(link);
	return event < 0 || event == GDB_NAK ? packet_failed(link, event, error) : 0;
}
