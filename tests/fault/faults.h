/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * faults.h - what can go wrong in which system call
 *
 * For each call the errnos that the kernel really gives for it when there is no mistake in the call: no memory,
 * no descriptor, no room, a medium that fails, a limit. Sources: section 2 of the manual, and fs/, mm/, net/,
 * kernel/ of Linux. Calls that cannot fail for such a reason have no row, among them brk(2), which never
 * returns an error, and close(2), which closes all the same.
 */
#ifndef TESTS_FAULT_FAULTS_H
#define TESTS_FAULT_FAULTS_H

#include <errno.h>
#include <sys/syscall.h>

#define FAULTS_MAX 4

struct faults {
	long call;
	int v[FAULTS_MAX];           /* errnos, 0 = end */
};

static const struct faults faults_table[] = {
	/* descriptors */
	{ SYS_openat, { EMFILE, ENFILE, ENOMEM } },
	{ SYS_openat2, { EMFILE, ENOMEM } },
	{ SYS_open, { EMFILE, ENOMEM } },
	{ SYS_socket, { EMFILE, ENOBUFS } },
	{ SYS_socketpair, { EMFILE, ENOBUFS } },
	{ SYS_pipe2, { EMFILE, ENFILE } },
	{ SYS_dup, { EMFILE } },
	{ SYS_memfd_create, { EMFILE, ENOMEM } },
	{ SYS_signalfd4, { EMFILE, ENOMEM } },
	{ SYS_eventfd2, { EMFILE, ENOMEM } },
	{ SYS_pidfd_open, { EMFILE, ENOMEM } },
	/* reading and writing */
	{ SYS_read, { EIO, ENOMEM } },
	{ SYS_pread64, { EIO } },
	{ SYS_getdents64, { EIO, ENOMEM } },
	{ SYS_readlinkat, { EIO, ENOMEM } },
	{ SYS_write, { ENOSPC, EIO } },
	{ SYS_writev, { ENOSPC, EIO } },
	{ SYS_pwrite64, { ENOSPC } },
	{ SYS_sendmsg, { ENOBUFS, ENOMEM } },
	{ SYS_sendto, { ENOBUFS } },
	{ SYS_recvmsg, { ENOMEM } },
	{ SYS_recvfrom, { ENOMEM } },
	{ SYS_newfstatat, { EIO, ENOMEM } },
	{ SYS_fstat, { EIO } },
	{ SYS_statx, { EIO, ENOMEM } },
	{ SYS_fstatfs, { EIO } },
	{ SYS_statfs, { EIO, ENOMEM } },
	{ SYS_fchdir, { ENOMEM } },
	{ SYS_chdir, { EIO, ENOMEM } },
	{ SYS_faccessat2, { EIO, ENOMEM } },
	/* names */
	{ SYS_mkdirat, { ENOSPC, ENOMEM } },
	{ SYS_mkdir, { ENOSPC, ENOMEM } },
	{ SYS_mknodat, { ENOSPC, ENOMEM } },
	{ SYS_symlinkat, { ENOSPC, ENOMEM } },
	{ SYS_renameat, { ENOSPC, ENOMEM, EIO } },
	{ SYS_renameat2, { ENOSPC, ENOMEM } },
	{ SYS_rename, { ENOSPC, ENOMEM } },
	{ SYS_unlinkat, { ENOMEM, EIO, EBUSY } },
	{ SYS_unlink, { ENOMEM, EIO } },
	{ SYS_rmdir, { EBUSY, ENOMEM } },
	{ SYS_fchmod, { EIO } },
	{ SYS_fchmodat, { EIO, ENOMEM } },
	{ SYS_fchown, { EIO } },
	{ SYS_fchownat, { EIO, ENOMEM } },
	{ SYS_bind, { ENOSPC, ENOMEM } },
	{ SYS_flock, { ENOLCK, EINTR } },
	/* processes */
	{ SYS_clone, { EAGAIN, ENOMEM } },
	{ SYS_clone3, { EAGAIN, ENOMEM } },
	{ SYS_fork, { EAGAIN, ENOMEM } },
	{ SYS_vfork, { EAGAIN, ENOMEM } },
	{ SYS_execve, { ENOMEM, EIO } },
	{ SYS_execveat, { ENOMEM, EIO } },
	{ SYS_setresuid, { EAGAIN } },
	{ SYS_setgroups, { ENOMEM } },
	{ SYS_capset, { ENOMEM } },
	{ SYS_poll, { ENOMEM, EINTR } },
	{ SYS_ppoll, { ENOMEM, EINTR } },
	{ SYS_waitid, { EINTR } },
	{ SYS_wait4, { EINTR } },
	{ SYS_pidfd_send_signal, { ENOMEM } },
	/* memory */
	{ SYS_mmap, { ENOMEM } },
	{ SYS_mremap, { ENOMEM } },
	{ SYS_mprotect, { ENOMEM } },
	/* namespaces, mounts, limits */
	{ SYS_unshare, { ENOMEM, ENOSPC } },
	{ SYS_setns, { ENOMEM } },
	{ SYS_mount, { ENOMEM, ENOSPC } },
	{ SYS_umount2, { ENOMEM } },
	{ SYS_fsopen, { ENOMEM, EMFILE } },
	{ SYS_fsconfig, { ENOMEM } },
	{ SYS_fsmount, { ENOMEM, EMFILE } },
	{ SYS_open_tree, { ENOMEM, EMFILE, ENOSPC } },
	{ SYS_move_mount, { ENOMEM, ENOSPC } },
	{ SYS_mount_setattr, { ENOMEM } },
	{ SYS_pivot_root, { ENOMEM } },
	{ SYS_chroot, { ENOMEM } },
	{ SYS_prlimit64, { EPERM } },
	{ SYS_seccomp, { ENOMEM } },
	{ SYS_keyctl, { ENOMEM, EDQUOT } },
	{ SYS_bpf, { ENOMEM, EPERM } },
};

/* The errnos of a call, NULL = none */
static inline const int *faults_of(long call)
{
	for (unsigned i = 0; i < sizeof(faults_table) / sizeof(faults_table[0]); i++)
		if (faults_table[i].call == call)
			return faults_table[i].v;
	return NULL;
}

#endif
