// SPDX-License-Identifier: LGPL-2.1-or-later
/* notify.c - hand the listener of a system call filter to its agent */
#include "apply/notify.h"

#include "base/codes.h"
#include "base/fd.h"
#include "base/version.h"
#include "libocispec/encode.h"

int notify_send(struct arena *a, const struct seccomp_plan *plan, const struct oci_state *state, pid_t pid,
		int listener_fd, struct err *e)
{
	const char *fds[] = { "seccompFd" };
	struct oci_process_state doc = {
		.oci_version = OCI_VERSION,
		.fds = { fds, 1 },
		.pid = pid,
		.metadata = plan->listener_metadata,
		.state = *state,
	};
	_close_fd int sock_fd = fd_connect(plan->listener_path);
	size_t len;
	char *text;
	int r;

	if (sock_fd < 0) {
		r = err_code(e, sock_fd, ERR_SECCOMP, "connect to the seccomp agent at %.150s",
			     plan->listener_path);
		err_place(e, "linux.seccomp.listenerPath");
		return r;
	}
	doc.state.oci_version = OCI_VERSION;
	text = encode(a, &oci_process_state_type, &doc, NULL, &len);
	r = fd_send(sock_fd, text, len, &listener_fd, 1);
	if (r < 0)
		return err_code(e, r, ERR_SECCOMP, "send to the seccomp agent at %.150s",
				plan->listener_path);
	return 0;
}
