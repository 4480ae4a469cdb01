#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A gdb stub with an ITS behind it, for the scripts of --emit=gdb: gdb_stub.py SOCKET W [WORD...]

Serves one connection on a unix socket. The ITS of the simulated board executes its ring of 2048 slots within the write of
GITS_CWRITER, as QEMU's does. At the end what became of it is printed. Words say how it misbehaves:

dead       the ITS never reads its ring
late       it begins at the second write of GITS_CWRITER
slow       it executes 512 slots each time that GITS_CREADR is read
stall      it stalls on an INT
cpus=N     so many CPUs are listed (1)
masked     the last one is in the kernel with interrupts off
wfi        the same, but behind a WFI
"""
import os
import socket
import struct
import sys

ITS, RING, SLOTS = 0x80740000, 0x41070000, 2048
SIZE = SLOTS * 32
CTLR, CBASER, CWRITER, CREADR = ITS, ITS + 0x80, ITS + 0x88, ITS + 0x90
PC = 0x40000000
REGISTERS = [f'<reg name="x{i}" bitsize="64"/>' for i in range(31)] + [
    '<reg name="sp" bitsize="64" type="data_ptr"/>', '<reg name="pc" bitsize="64" type="code_ptr"/>',
    '<reg name="cpsr" bitsize="32"/>']
DESCRIPTION = ('<?xml version="1.0"?><!DOCTYPE target SYSTEM "gdb-target.dtd"><target><architecture>aarch64</architecture>'
               '<feature name="org.gnu.gdb.aarch64.core">' + "".join(REGISTERS) + "</feature></target>")

path, W, words = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
cpus = next((int(word[5:]) for word in words if word.startswith("cpus=")), 1)
memory = {}
executed, cwriters, talk = [], [], []
chosen = 1


def read(at, size):
    return bytes(memory.setdefault(a >> 12, bytearray(4096))[a & 4095] for a in range(at, at + size))


def write(at, data):
    for a, byte in enumerate(data, at):
        memory.setdefault(a >> 12, bytearray(4096))[a & 4095] = byte


def word(at):
    return struct.unpack("<Q", read(at, 8))[0]


def set_word(at, value):
    write(at, struct.pack("<Q", value))


def execute(limit):
    at, end = word(CREADR), word(CWRITER) & 0xfffe0
    while at != end and not at & 1 and limit:
        limit -= 1
        opcode = word(RING + at) & 0xff
        if "stall" in words and opcode == 3:
            at |= 1
            break
        executed.append((at // 32, opcode))
        at = (at + 32) % SIZE
    set_word(CREADR, at)


def wrote(at, size):
    if not at <= CWRITER < at + size:
        return
    cwriters.append(word(CWRITER) // 32)
    if "late" in words:
        if len(cwriters) == 2:      # it had taken the first one, and goes on when it is looked at
            set_word(CWRITER, cwriters[0] * 32)
            execute(512)
            set_word(CWRITER, cwriters[1] * 32)
    elif "dead" not in words and "slow" not in words:
        execute(SLOTS)


def looked(at, size):
    if at <= CREADR < at + size and ("slow" in words or "late" in words and len(cwriters) == 2):
        execute(512)


def register(cpu, number):
    masked = cpu == cpus and ("masked" in words or "wfi" in words)
    if number == 33:
        return struct.pack("<I", 0x3c5 if masked else 0x5)
    return struct.pack("<Q", PC + 0x100 if number == 32 else 0)


def answer(packet):
    global chosen
    text = packet.decode("latin1")
    kind, rest = text[0], text[1:]
    if text.startswith("qSupported"):
        return "PacketSize=4000;qXfer:features:read+"
    if text.startswith("qXfer:features:read:target.xml:"):
        at, size = (int(part, 16) for part in text.split(":")[-1].split(","))
        return ("m" if at + size < len(DESCRIPTION) else "l") + DESCRIPTION[at:at + size]
    if kind == "?":
        return "T05thread:01;"
    if kind == "H":
        if rest[0] == "g" and int(rest[1:], 16) > 0:
            chosen = int(rest[1:], 16)
        return "OK"
    if kind == "g":
        return b"".join(register(chosen, i) for i in range(34)).hex()
    if kind == "p":
        return register(chosen, int(rest, 16)).hex()
    if kind == "m":
        at, size = (int(part, 16) for part in rest.split(","))
        looked(at, size)
        return read(at, size).hex()
    if kind in "MX":
        head, data = packet.split(b":", 1)
        at, size = (int(part, 16) for part in head[1:].split(b","))
        if kind == "M":
            data = bytes.fromhex(data.decode())
        else:
            plain, escaped = bytearray(), False
            for byte in data:
                if byte == 0x7d and not escaped:
                    escaped = True
                else:
                    plain.append(byte ^ 0x20 if escaped else byte)
                    escaped = False
            data = bytes(plain)
        write(at, data[:size])
        wrote(at, size)
        return "OK"
    if kind == "D":
        talk.append("detach")
        return "OK"
    if kind in "ckvs" and not text.startswith(("vMustReplyEmpty", "vCont?")):
        talk.append(text)
        return ""
    if text.startswith("Qqemu.PhyMemMode:"):
        return "OK"
    if kind == "T":
        return "OK"
    return {"qC": "QC01", "qfThreadInfo": "m" + ",".join(f"{i:02x}" for i in range(1, cpus + 1)), "qsThreadInfo": "l",
            "qAttached": "1", "qqemu.PhyMemMode": "0"}.get(text, "")


set_word(CTLR, 1)
set_word(CBASER, 1 << 63 | 0x400 | RING | SLOTS // 128 - 1)
set_word(CWRITER, W * 32)
set_word(CREADR, W * 32)
write(RING, b"".join(struct.pack("<Q", 0xabcdef0000000011 + i) for i in range(SLOTS * 4)))
if "wfi" in words:
    write(PC + 0xfc, struct.pack("<I", 0xd503207f))
before = read(RING, SIZE)

server = socket.socket(socket.AF_UNIX)
server.bind(path)
server.listen(1)
server.settimeout(60)
link, _ = server.accept()
link.settimeout(60)
buffer = b""
try:
    while True:
        while b"#" not in buffer or len(buffer) < buffer.index(b"#") + 3:
            more = link.recv(65536)
            if not more:
                raise EOFError
            buffer += more
        buffer = buffer.lstrip(b"+")
        if buffer[:1] == b"\x03":
            buffer = buffer[1:]
            continue
        end = buffer.index(b"#")
        packet, buffer = buffer[buffer.index(b"$") + 1:end], buffer[end + 3:]
        said = answer(packet).encode("latin1")
        link.sendall(b"+$" + said + b"#%02x" % (sum(said) & 255))
except (EOFError, OSError):
    pass
os.unlink(path)
after = read(RING, SIZE)
changed = [i for i in range(SLOTS) if before[32 * i:32 * i + 32] != after[32 * i:32 * i + 32]]
print("executed", len(executed), *(f"{slot}:{opcode:02x}" for slot, opcode in executed if opcode != 5))
print("changed", len(changed), *changed[:4])
print("creadr", word(CREADR) // 32, "cwriter", word(CWRITER) // 32, "stalled", word(CREADR) & 1)
print("cwriters", *cwriters)
print("talk", *talk)
