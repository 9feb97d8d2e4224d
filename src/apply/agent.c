// SPDX-License-Identifier: LGPL-2.1-or-later
/* agent.c - hand the listener of a system call filter to its agent */
#include "apply/agent.h"

#include "base/codes.h"
#include "base/fd.h"
#include "base/version.h"
#include "libocispec/encode.h"

int agent_connect(struct agent *g, struct err *e)
{
	int fd;

	if (!g->path || g->sock_fd >= 0)
		return 0;
	fd = fd_connect(g->path);
	if (fd < 0) {
		err_code(e, fd, ERR_SECCOMP, "connect to the seccomp agent at %.150s", g->path);
		err_place(e, "linux.seccomp.listenerPath");
		return fd;
	}
	g->sock_fd = fd;
	return 0;
}

int agent_hand_over(struct agent *g, struct arena *a, const struct oci_state *state, pid_t pid,
		    int listener_fd, struct err *e)
{
	const char *fds[] = { "seccompFd" };
	struct oci_process_state doc = {
		.oci_version = OCI_VERSION,
		.fds = { fds, 1 },
		.pid = pid,
		.metadata = g->metadata,
		.state = *state,
	};
	size_t len;
	char *text;
	int r;

	doc.state.oci_version = OCI_VERSION;
	text = encode(a, &oci_process_state_type, &doc, NULL, &len);
	r = fd_send(g->sock_fd, text, len, &listener_fd, 1);
	fd_close(&g->sock_fd);
	if (r < 0) {
		err_code(e, r, ERR_SECCOMP, "send to the seccomp agent at %.150s", g->path);
		err_place(e, "linux.seccomp.listenerPath");
	}
	return r;
}
