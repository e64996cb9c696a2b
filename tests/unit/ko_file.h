/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A file that looks like a kernel module: an ELF object of .modinfo and the sections' names. */
#ifndef TB_KO_FILE_H
#define TB_KO_FILE_H

#include <elf.h>
#include <stdio.h>
#include <string.h>

enum { KO_NAMES = sizeof(Elf64_Ehdr) + 3 * sizeof(Elf64_Shdr), KO_MAX = 1024 };

struct ko_file {
	char bytes[KO_MAX];
	size_t len;
};

static inline void ko_put(struct ko_file *ko, const char *key, const char *value)
{
	if (value)
		ko->len += (size_t)snprintf(ko->bytes + ko->len, KO_MAX - ko->len, "%s=%s", key,
					    value) +
			   1;
}

/* NULL: not stated. vermagic begins with the release. */
static inline struct ko_file ko_file(const char *version, const char *srcversion,
				     const char *vermagic)
{
	static const char names[] = "\0.modinfo\0.shstrtab";
	struct ko_file ko = { .len = KO_NAMES + sizeof(names) };
	Elf64_Shdr section[3] = { { 0 } };
	Elf64_Ehdr head = { .e_type = ET_REL, .e_machine = EM_X86_64, .e_version = EV_CURRENT };

	ko_put(&ko, "license", "GPL");
	ko_put(&ko, "version", version);
	ko_put(&ko, "srcversion", srcversion);
	ko_put(&ko, "name", "tollbooth");
	ko_put(&ko, "vermagic", vermagic);
	memcpy(head.e_ident, ELFMAG, SELFMAG);
	head.e_ident[EI_CLASS] = ELFCLASS64;
	head.e_ident[EI_DATA] = ELFDATA2LSB;
	head.e_ident[EI_VERSION] = EV_CURRENT;
	head.e_ehsize = sizeof(head);
	head.e_shoff = sizeof(head);
	head.e_shentsize = sizeof(section[0]);
	head.e_shnum = 3;
	head.e_shstrndx = 2;
	section[1] = (Elf64_Shdr){ .sh_name = 1,
				   .sh_type = SHT_PROGBITS,
				   .sh_offset = KO_NAMES + sizeof(names),
				   .sh_size = ko.len - KO_NAMES - sizeof(names) };
	section[2] = (Elf64_Shdr){ .sh_name = 10,
				   .sh_type = SHT_STRTAB,
				   .sh_offset = KO_NAMES,
				   .sh_size = sizeof(names) };
	memcpy(ko.bytes, &head, sizeof(head));
	memcpy(ko.bytes + sizeof(head), section, sizeof(section));
	memcpy(ko.bytes + KO_NAMES, names, sizeof(names));
	return ko;
}

#endif
