// SPDX-License-Identifier: LGPL-2.1-or-later
/* meaning.c - what the stable codes of errors mean: the text behind `explain CODE` */
#include "cmd/meaning.h"

#include <strings.h>

#include "base/codes.h"
#include "base/str.h"

static const char *const meanings[ERR__END] = {
	[ERR_SYNTAX] = "The document is not JSON, or it is cut off.",
	[ERR_TYPE] = "A property has another JSON type than the specification gives it.",
	[ERR_RANGE] = "A number is outside the range that its property allows.",
	[ERR_VALUE] = "A text is not one that its property allows.",
	[ERR_MISSING] = "A required property is absent.",
	[ERR_DUPLICATE] = "A key, or an element that must be unique, appears twice.",
	[ERR_LIMIT] = "The document, or a string or list in it, is too large, or it is nested too deep.",
	[ERR_CONFLICT] = "Two or more properties, or a property and an option, do not go together.",
	[ERR_USAGE] = "The command line is wrong: an unknown flag, a missing or a superfluous argument.",
	[ERR_ID] = "The id of a container has characters or a length that are not allowed.",
	[ERR_FILE] = "A file could not be opened, read or written.",
	[ERR_BUNDLE] = "The bundle is not there, or has no config.json.",
	[ERR_ROOTFS] = "The root file system named by root.path cannot be used.",
	[ERR_STATE_ROOT] = "The directory that holds the state of all containers cannot be used.",
	[ERR_EXISTS] = "There is a container with this id already.",
	[ERR_NOT_FOUND] = "There is no container with this id in this state root.",
	[ERR_STATUS] = "The container is not in a status in which this command is possible.",
	[ERR_RECORD] = "What is stored about the container is damaged.",
	[ERR_LOCK] = "Another command is changing the container and did not finish in time.",
	[ERR_KERNEL] = "The kernel does not have something that is needed, or a system call filter blocks it.",
	[ERR_SYSTEM] = "A system call failed that is not expected to fail.",
	[ERR_PRIVILEGE] = "The caller does not have the privilege that this needs.",
	[ERR_PROTOCOL] = "The container's first process said something unexpected before its program ran.",
	[ERR_DEADLINE] = "Something did not happen in the time that is allowed for it.",
	[ERR_INIT_DIED] = "The container's first process ended before it could execute the program.",
	[ERR_EXEC] = "The program of the container cannot be executed.",
	[ERR_CWD] = "The working directory cannot be entered, or does not lie inside the container.",
	[ERR_CREDS] = "User, groups, capabilities or another credential could not be set.",
	[ERR_RLIMIT] = "A resource limit could not be set.",
	[ERR_OOM_ADJ] = "The score for the kernel's out-of-memory killer could not be set.",
	[ERR_SCHED] = "Scheduling policy, I/O priority or CPU affinity could not be set.",
	[ERR_KEYRING] = "The session keyring could not be made.",
	[ERR_TTY] = "The terminal of the container, or the caller's, failed.",
	[ERR_CONSOLE] = "The terminal could not be handed over, or nobody was named to take it.",
	[ERR_NS] = "A namespace could not be made or joined.",
	[ERR_IDMAP] = "The ids of a user namespace could not be mapped.",
	[ERR_MOUNT] = "A mount failed.",
	[ERR_MOUNT_FS] = "A file system of this type could not be made.",
	[ERR_MOUNT_SOURCE] = "The source of a bind mount cannot be opened.",
	[ERR_MOUNT_TARGET] = "The place of a mount cannot be found or made inside the root file system.",
	[ERR_PATH] = "A path inside the container leads somewhere that is not allowed, or changes while it is used.",
	[ERR_PROC] = "A file of procfs is not what it should be, or a procfs could not be made.",
	[ERR_DEVICE] = "A device node could not be made or bound.",
	[ERR_CGROUP] = "A cgroup could not be made, entered, killed or removed.",
	[ERR_CGROUP_CONTROLLER] = "A limit needs a cgroup controller that is not available.",
	[ERR_CGROUP_BUSY] = "A cgroup has processes that are not the container's, or that do not end.",
	[ERR_CGROUP_VALUE] = "The kernel refused a value for a cgroup.",
	[ERR_OOM] = "The kernel has killed a process of the container because a memory limit was reached.",
	[ERR_PIDS] = "A process could not be made because the limit on their number was reached.",
	[ERR_BUS] = "systemd's message bus cannot be reached, or systemd refused a call.",
	[ERR_UNIT] = "systemd could not start, change or stop the container's unit.",
	[ERR_HOOK] = "A hook could not be executed, or failed.",
	[ERR_HOOK_TIMEOUT] = "A hook did not end in the time that config.json gives it.",
	[ERR_SECCOMP] = "The system call filter could not be compiled or loaded.",
	[ERR_LSM] = "An AppArmor profile or SELinux label could not be set.",
	[ERR_SYSCTL] = "A kernel parameter is not one of the container's namespaces, or could not be set.",
	[ERR_NET] = "A network device could not be set up or moved.",
	[ERR_RDT] = "Cache or memory bandwidth could not be set through resctrl.",
	[ERR_CRIU] = "CRIU is missing, or could not save or restore the container.",
	[ERR_UNSUPPORTED] = "The document or the command asks for something that this build of taper does not do.",
};

unsigned code_find(const char *text)
{
	const char *name = strncasecmp(text, "TAPER-", 6) == 0 ? text + 6 : text;

	for (unsigned id = 1; id < ERR__END; id++)
		if (meanings[id] && strcasecmp(code_name(id), name) == 0)
			return id;
	return 0;
}

const char *code_meaning(unsigned id)
{
	return id < ERR__END ? meanings[id] : NULL;
}
