// SPDX-License-Identifier: LGPL-2.1-or-later
/* parent.c - what the creating process and that of exec have in common: begin, hand over, end */
#include "apply/parent.h"

#include <signal.h>
#include <sys/wait.h>

#include "apply/try.h"
#include "apply/tty.h"
#include "base/fd.h"
#include "base/pid.h"
#include "state/pidfile.h"

void parent_close(struct parent *p)
{
	cg_close(&p->cg);
	netdevs_close(&p->netdevs);
	bus_close(&p->bus);
	fd_close(&p->home_fd);
	fd_close(&p->delegate_fd);
	fd_close(&p->sync.fd);
	fd_close(&p->master_fd);
	fd_close(&p->agent.sock_fd);
	fd_close(&p->child.exe_fd);
	fd_close(&p->child.exe_tree_fd);
	fd_close(&p->child.root_fd);
	fd_close(&p->child.notify_fd);
	for (size_t i = 0; p->child.src_fd && i < p->plan->n_fs; i++)
		fd_close(&p->child.src_fd[i]);
	for (size_t i = 0; p->child.idmap_fd && i < p->plan->n_fs; i++)
		fd_close(&p->child.idmap_fd[i]);
	for (int k = 0; k < NS__MAX; k++)
		fd_close(&p->child.ns_fd[k]);
}

void parent_init(struct parent *p, struct store *s, struct arena *a,
		 const struct create_args *args)
{
	*p = (struct parent){
		.store = s, .arena = a, .args = args, .plan = args->plan, .facts = args->facts,
		.c = CONTAINER_INIT, .cg.v2_fd = -1, .bus = BUS_CLOSED, .home_fd = -1, .delegate_fd = -1,
		.pid_fd = -1, .master_fd = -1,
		.agent = AGENT_INIT,
		.netdevs = NETDEVS_INIT,
		.sync = SYNC_INIT(SIDE_PARENT),
		.child = {
			.plan = args->plan, .facts = args->facts, .sync = SYNC_INIT(SIDE_CHILD),
			.host_proc_fd = -1, .root_fd = -1, .proc_fd = -1, .devpts_fd = -1, .dir_fd = -1,
			.mask_fd = -1, .offsets_fd = -1,
			.exe_fd = -1, .exe_tree_fd = -1,
			.notify_fd = -1, .listen_fd = -1, .lock_fd = -1, .target_fd = -1, .into_fd = -1,
			.master_fd = -1, .status_fd = -1,
		},
	};
	p->sync.state = p->child.sync.state = args->plan->ns.n_steps ? SYNC_CLONED : SYNC_BORN;
	cg_init(&p->cg);
	for (int i = 0; i < CG_HIER_MAX; i++)
		p->child.cg_fd[i] = -1;
	for (int k = 0; k < NS__MAX; k++)
		p->child.ns_fd[k] = -1;
}

int parent_hand_over(struct parent *p, struct created *ret, struct err *e)
{
	if (p->args->pidfd_socket)
		TRY(pidfd_send(p->args->pidfd_socket, p->pid_fd, e));
	if (p->master_fd >= 0 && p->args->console_socket)
		TRY(tty_send(p->args->console_socket, p->master_fd, e));
	if (p->args->pid_file)
		TRY(pidfile_write(p->args->pid_file, p->pid, e));
	if (p->args->foreground) {
		/* before the program can ask for it, or write */
		tty_copy_size(p->master_fd);
		tty_keep_newlines(p->master_fd);
		ret->master_fd = take_fd(&p->master_fd);
	}
	return 0;
}

/* The program runs when the channel closes. */
int parent_await_exec(struct parent *p, struct err *e)
{
	const struct oci_state st = {
		.id = p->plan->id,
		.status = p->child.joins ? "running" : "creating",
		.bundle = p->plan->bundle,
		.annotations = p->plan->annotations,
		.pid = { true, p->child.joins ? p->c.rec->pid : p->pid },
	};
	struct sync_packet m;
	int r;

	if (p->plan->hooks[HOOK_START_CONTAINER].n)
		p->sync.limit_ms = -1; /* they have limits of their own */
	do {
		_close_fd int listener_fd = -1;
		size_t n = 1;

		r = parent_hear(p, &m, &listener_fd, &n, e);
		if (r != 0 || m.type != MSG_LISTENER)
			continue;
		p->sync.limit_ms = -1; /* how long a call takes is the agent's business now */
		r = agent_hand_over(&p->agent, p->arena, &st, p->pid, listener_fd, e);
	} while (r == 0);
	if (r == 1 && !p->args->foreground && pid_killed_early(p->store->proc_fd, p->pid, p->pid_fd))
		return parent_strangled(p, e);
	return r < 0 ? r : 0;
}

bool parent_end_child(struct parent *p, int limit_ms)
{
	if (p->pid <= 0 || p->pid_fd < 0)
		return true;
	pid_kill(p->pid_fd, SIGKILL);
	return pid_wait(p->pid_fd, limit_ms) == 1 &&
	       waitid(P_PIDFD, (id_t)p->pid_fd, &(siginfo_t){ 0 }, WEXITED) == 0;
}
