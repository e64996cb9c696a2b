// SPDX-License-Identifier: GPL-2.0-or-later
/* From an error number and the machine's state to a cause with a name. */
#include "module/module.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* In the source and, below the prefix, in share/doc/tollbooth. */
#define SECURE_BOOT "docs/secure-boot.md"

static bool flag(const struct tb_sysroot *root, const char *path)
{
	char text[16];

	return tb_sysroot_text(root, text, sizeof(text), "%s", path) > 0 &&
	       (text[0] == 'Y' || text[0] == '1');
}

/* "none [integrity] confidentiality": the one in brackets holds. */
static void look_at_lockdown(const struct tb_sysroot *root, char *out, size_t size)
{
	char text[128], *open, *close;

	out[0] = '\0';
	if (tb_sysroot_text(root, text, sizeof(text), "sys/kernel/security/lockdown") <= 0)
		return;
	open = strchr(text, '[');
	close = open ? strchr(open, ']') : NULL;
	if (close)
		snprintf(out, size, "%.*s", (int)(close - open - 1), open + 1);
}

void tb_module_look(const struct tb_sysroot *root, const char *release,
		    struct tb_module_facts *facts)
{
	*facts = (struct tb_module_facts){ 0 };
	snprintf(facts->release, sizeof(facts->release), "%s", release);
	facts->loaded = tb_sysroot_has(root, "sys/module/" TB_MODULE_NAME);
	if (tb_sysroot_text(root, facts->version, sizeof(facts->version),
			    "sys/module/" TB_MODULE_NAME "/version") <= 0)
		facts->version[0] = '\0';
	if (tb_sysroot_text(root, facts->srcversion, sizeof(facts->srcversion),
			    "sys/module/" TB_MODULE_NAME "/srcversion") <= 0)
		facts->srcversion[0] = '\0';
	snprintf(facts->kdir, sizeof(facts->kdir), "/lib/modules/%s/build", release);
	facts->device = tb_sysroot_has(root, "dev/" TB_MODULE_NAME);
	facts->headers = tb_sysroot_has(root, "lib/modules/%s/build/Makefile", release);
	facts->signed_only = flag(root, "sys/module/module/parameters/sig_enforce");
	facts->disabled = flag(root, "proc/sys/kernel/modules_disabled");
	look_at_lockdown(root, facts->lockdown, sizeof(facts->lockdown));
}

static bool locked_down(const struct tb_module_facts *facts)
{
	return facts->lockdown[0] && strcmp(facts->lockdown, "none") != 0;
}

/* The file is another kernel's: its vermagic begins with that one's release. */
static bool foreign(const struct tb_module_facts *facts, const struct tb_module_file *file)
{
	size_t n = strlen(facts->release);

	return file && file->vermagic[0] &&
	       (strncmp(file->vermagic, facts->release, n) != 0 ||
		(file->vermagic[n] && file->vermagic[n] != ' '));
}

static int why_not_permitted(const struct tb_module_facts *facts, int err, struct tb_error *why)
{
	if (!facts->root)
		return tb_error(why, err, "only root may load a module; run it as root");
	if (facts->disabled)
		return tb_error(
			why, err,
			"kernel.modules_disabled is 1: no module loads until the next boot");
	if (locked_down(facts))
		return tb_error(
			why, err,
			"kernel lockdown (%s, usually from Secure Boot) allows only modules with a "
			"trusted signature; sign the module and enrol its key with mokutil, as " SECURE_BOOT
			" says, or switch Secure Boot off",
			facts->lockdown);
	return tb_error(why, err, "the kernel does not permit it: no CAP_SYS_MODULE here?");
}

static int why_exists(const struct tb_module_facts *facts, int err, struct tb_error *why)
{
	char how[320];

	if (tb_module_loaded_differs(facts, how, sizeof(how)))
		return tb_error(why, err,
				"another one is already loaded: %s; tollbooth module unload first",
				how);
	return tb_error(why, err, "already loaded (version %s); tollbooth module unload first",
			facts->version[0] ? facts->version : "unknown");
}

int tb_module_why_not_loaded(const struct tb_module_facts *facts, int err, struct tb_error *why)
{
	const struct tb_module_file *file = tb_module_chosen(facts);

	switch (-err) {
	case EPERM:
		return why_not_permitted(facts, err, why);
	case EEXIST:
		return why_exists(facts, err, why);
	case ENOKEY:
	case EKEYREJECTED:
	case EBADMSG:
		return tb_error(
			why, err,
			"this kernel allows only modules with a trusted signature, and this file's is "
			"missing or not trusted; sign the module and enrol its key with mokutil, as " SECURE_BOOT
			" says");
	case ENOEXEC:
		if (foreign(facts, file))
			return tb_error(
				why, err,
				"%.120s was built for %.40s, this kernel is %s; tollbooth module build",
				file->path, file->vermagic, facts->release);
		return tb_error(why, err, "the kernel refuses the file's format; dmesg says why");
	case EINVAL:
		return tb_error(
			why, err,
			"the file does not fit this kernel's symbols, or an option is wrong "
			"(dmesg says which); tollbooth module build");
	case ENOENT:
		return tb_error(
			why, err,
			"the kernel lacks a symbol that it needs (dmesg says which); tollbooth module build");
	case ENOSYS:
		return tb_error(why, err, "this kernel was built without modules");
	default:
		return tb_error(why, err, "could not be loaded: %s; dmesg may say why",
				strerror(-err));
	}
}

int tb_module_why_not_unloaded(const struct tb_module_facts *facts, int err, struct tb_error *why)
{
	switch (-err) {
	case ENOENT:
		return tb_error(why, err, "not loaded");
	case EAGAIN:
	case EBUSY:
		return tb_error(why, err,
				"in use: a program has /dev/" TB_MODULE_NAME
				" open (fuser /dev/" TB_MODULE_NAME " tells which)");
	case EPERM:
		if (!facts->root)
			return tb_error(why, err, "only root may unload a module; run it as root");
		return tb_error(why, err, "the kernel does not permit it");
	case ENOSYS:
		return tb_error(why, err, "this kernel was built without modules");
	default:
		return tb_error(why, err, "could not be unloaded: %s", strerror(-err));
	}
}
