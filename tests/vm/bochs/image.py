#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""usage: image.py VMLINUZ INITRAMFS ROM FOLDER COMMAND-LINE

Writes what Bochs loads into memory: setup.bin (Linux' real-mode setup and the command line), boot.rom
(ROM, whole), image.bin (the unpacked kernel and the initramfs, for stub.S)."""
import struct
import subprocess
import sys

# Documentation/arch/x86/boot.rst of the kernel: offsets in the setup header.
SETUP_SECTS, LOADER, LOADFLAGS, CODE32_START = 0x1F1, 0x210, 0x211, 0x214
HEAP_END, COMMAND_LINE, PAYLOAD = 0x224, 0x228, 0x248
OTHER_LOADER, LOADED_HIGH, CAN_USE_HEAP = 0xFF, 0x01, 0x80
ZSTD = b"\x28\xb5\x2f\xfd"

SETUP_ADDRESS, SETUP_ROOM = 0x90000, 0x9000
COMMAND_LINE_OFFSET, COMMAND_LINE_ROOM = 0xE000, 0x1000  # rom.S has its stack below
STUB_ADDRESS = 0x100000
PAGE, PADDING, ROM_BYTES = 4096, 24 << 20, 512
MAGIC = b"tollboot"  # stub.S looks for it


def pages(data):
    return data + bytes(-len(data) % PAGE)


def setup(vmlinuz, command_line):
    """Boot sector and setup, told that they were loaded by a boot loader."""
    image = bytearray(vmlinuz[: (vmlinuz[SETUP_SECTS] + 1) * 512])
    if len(image) > SETUP_ROOM:
        sys.exit(f"image.py: the setup of {len(image)} bytes leaves no room for the stack")
    if len(command_line) >= COMMAND_LINE_ROOM:
        sys.exit("image.py: the command line is too long")
    image[LOADER] = OTHER_LOADER
    image[LOADFLAGS] |= LOADED_HIGH | CAN_USE_HEAP
    struct.pack_into("<I", image, CODE32_START, STUB_ADDRESS)
    struct.pack_into("<H", image, HEAP_END, COMMAND_LINE_OFFSET - 0x200)
    struct.pack_into("<I", image, COMMAND_LINE, SETUP_ADDRESS + COMMAND_LINE_OFFSET)
    image += bytes(COMMAND_LINE_OFFSET - len(image)) + command_line.encode() + b"\0"
    return image


def vmlinux(vmlinuz):
    offset, length = struct.unpack_from("<II", vmlinuz, PAYLOAD)
    begin = (vmlinuz[SETUP_SECTS] + 1) * 512 + offset
    payload = vmlinuz[begin : begin + length]
    if not payload.startswith(ZSTD):
        sys.exit("image.py: the kernel is not packed with zstd")
    # The last four bytes are the unpacked size, which zstd takes for garbage.
    return subprocess.run(["zstd", "-dcq"], input=payload[:-4], stdout=subprocess.PIPE, check=True).stdout


def flat(elf):
    """Address, entry and bytes of what the ELF file wants loaded."""
    entry, headers = struct.unpack_from("<QQ", elf, 24)
    size, count = struct.unpack_from("<HH", elf, 54)
    segments = []
    for i in range(count):
        kind, _, offset, _, address, length = struct.unpack_from("<IIQQQQ", elf, headers + i * size)
        if kind == 1 and length:
            segments.append((address, elf[offset : offset + length]))
    start = min(address for address, _ in segments)
    image = bytearray(max(address + len(data) for address, data in segments) - start)
    for address, data in segments:
        image[address - start : address - start + len(data)] = data
    return start, entry, image


def rom(code):
    code = code.ljust(ROM_BYTES - 1, b"\0")
    return code + bytes([-sum(code) & 0xFF])


def main(vmlinuz, initramfs, code, folder, command_line):
    def read(path):
        with open(path, "rb") as file:
            return file.read()

    def write(name, *parts):
        with open(f"{folder}/{name}", "wb") as file:
            for part in parts:
                file.write(part)

    kernel, initrd = read(vmlinuz), read(initramfs)
    start, entry, image = flat(vmlinux(kernel))
    image = pages(image)
    first = MAGIC + struct.pack("<IIII", len(image), len(initrd), start, entry)
    write("setup.bin", setup(kernel, command_line))
    write("boot.rom", rom(read(code)))
    write("image.bin", bytes(PADDING), pages(first), image, initrd)


if len(sys.argv) != 6:
    sys.exit(__doc__)
main(*sys.argv[1:])
