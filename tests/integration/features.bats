# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2016,SC2154
#
# features.bats: the document of `features`
load helpers

# feature JQ WANT
feature() {
	is "$(jq -c "$1" "$T/features")" "$2"
}

setup_test() {
	taper features >"$T/features" 2>"$T/err"
}

@test "FE-1 features: JSON on standard output, nothing on the other; indented by 4" {
	is "$(cat "$T/err")" ""
	jq -e . "$T/features" >/dev/null
	is "$(sed -n 2p "$T/features")" '    "ociVersionMin": "1.0.0",'
	feature .ociVersionMax '"1.3.0"'
	[ ! -e "$ROOT" ]
}

@test "FE-2 FE-3 FE-5 FE-6 FE-7 FE-8 features: what is listed" {
	feature .hooks '["prestart","createRuntime","createContainer","startContainer","poststart","poststop"]'
	feature .linux.namespaces '["cgroup","ipc","mount","network","pid","time","user","uts"]'
	feature '.mountOptions | [index("rro", "idmap", "ridmap", "rnodev", "iversion", "tmpcopyup") != null]
		| all' true
	feature '.mountOptions == (.mountOptions | unique)' true
	feature '.linux.capabilities | length' 41
	feature '.linux.capabilities | index("CAP_CHOWN", "CAP_CHECKPOINT_RESTORE") != null' "$(printf 'true\ntrue')"
	feature '.linux.cgroup | [.v1, .v2, .systemd, .systemdUser, .rdma] | all' true
	feature '.linux.seccomp.actions | length' 9
	feature '.linux.seccomp.operators | length' 7
	feature '.linux.seccomp.knownFlags | length' 4
	feature '.linux.seccomp | .supportedFlags - .knownFlags' '[]'
	feature '.linux.seccomp.archs | index("SCMP_ARCH_X86_64", "SCMP_ARCH_S390X") != null' "$(printf 'true\ntrue')"
	feature '.linux | [.seccomp, .apparmor, .selinux, .intelRdt, .netDevices, .mountExtensions.idmap] |
		map(.enabled) | all' true
	feature '.linux.intelRdt | .schemata and .monitoring' true
	feature '.linux.memoryPolicy | [(.modes | length), (.flags | length)]' '[7,3]'
	feature '.annotations["run.oci.taper.version"] | type' '"string"'
	feature '.annotations["org.opencontainers.runc.checkpoint.enabled"]' '"true"'
	feature '.potentiallyUnsafeConfigAnnotations | index("run.oci.", "org.systemd.property.") != null' \
		"$(printf 'true\ntrue')"
}

@test "FE-4 features: every name that is listed is taken" {
	need_root
	config --slurpfile f "$T/features" '.process.capabilities.bounding = $f[0].linux.capabilities |
		.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", architectures: ["SCMP_ARCH_NATIVE"]} |
		.linux.seccomp.architectures = [] | .linux.seccomp.flags = $f[0].linux.seccomp.supportedFlags |
		.mounts += [$f[0].mountOptions[] | select(test("bind|remount|copy|follow|^r?idmap") | not) |
			{destination: "/m/\(.)", type: "tmpfs", source: "tmpfs", options: [.]}]'
	expect 0 taper --log-level error explain
	# unknown options would be data of the file system
	[ "$(echo "$output" | grep -c "^fs mount /m/.* data=")" -eq 0 ]
}

@test "FE-1 features: the same for anyone, anywhere" {
	need_root
	need unshare setpriv
	setpriv --reuid 65534 --regid 65534 --clear-groups "$TAPER" features >"$T/other"
	cmp "$T/features" "$T/other"
	# no cgroups, no /sys, and no /proc, which sanitizers cannot do without
	local gone="/sys /proc"
	! grep -qa __asan_init "$TAPER" || gone=/sys
	unshare --mount sh -c 'umount -l $1; shift; exec "$@"' - "$gone" "$TAPER" features >"$T/other"
	cmp "$T/features" "$T/other"
}

@test "FE-1 features: valid by the specification's schema" {
	[ -n "${OCI_SCHEMA_DIR-}" ] || skip "OCI_SCHEMA_DIR is not set"
	python3 -c 'import jsonschema' 2>/dev/null || skip "needs python3 with jsonschema"
	python3 - "$OCI_SCHEMA_DIR" "$T/features" <<-'END'
		import json, os, sys
		import jsonschema
		folder = os.path.abspath(sys.argv[1])
		with open(folder + "/features-schema.json") as f:
		    schema = json.load(f)
		resolver = jsonschema.RefResolver("file://" + folder + "/features-schema.json", schema)
		with open(sys.argv[2]) as f:
		    jsonschema.Draft4Validator(schema, resolver=resolver).validate(json.load(f))
	END
}
