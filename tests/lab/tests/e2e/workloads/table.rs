//! Pods as people write them: what each has in its spec, and what becomes of it.

/// An image of programs of the host, more than [`crate::fixture::TOOLS`] has.
pub(super) const IMAGE: &str = "localhost/lab/workloads:1";

/// Makes that image and loads it into the node.
pub(super) const MAKE_IMAGE: &str = r#"
set -e
mkdir workloads
for program in bash sh cat ls mkdir mount ping sleep stat tar touch unshare id; do
  file=$(command -v $program)
  for part in $file $(ldd $file | grep -o '/[^ )]*'); do
    install -D "$(realpath $part)" "workloads$part"
  done
done
printf 'FROM scratch\nCOPY workloads /\nENV PATH=/usr/bin:/bin\n' > workloads.Containerfile
podman build --quiet --tag localhost/lab/workloads:1 --file workloads.Containerfile .
podman save --quiet --format docker-archive localhost/lab/workloads:1 | podman exec --interactive \
  kinc-dev-control-plane skopeo copy --quiet docker-archive:/dev/stdin containers-storage:localhost/lab/workloads:1
"#;

/// A pod that does something and ends.
pub(super) struct Case {
    pub(super) name: &'static str,
    /// More of its spec, one field a line.
    pub(super) spec: &'static [&'static str],
    /// More of its container, one field a line.
    pub(super) container: &'static [&'static str],
    pub(super) script: &'static str,
    /// All that it prints.
    pub(super) prints: &'static str,
}

/// What runs as on other clusters.
pub(super) const CASES: [Case; 15] = [
    Case {
        name: "capabilities",
        spec: &[],
        container: &[],
        // Those of containerd, all of them and no other.
        script: "ping -c 1 127.0.0.1 > /dev/null && unshare --root=/ ls / > /dev/null && \
                 while read key value; do case $key in CapEff:|CapBnd:) echo $value;; esac; done < /proc/self/status",
        prints: "00000000a80425fb\n00000000a80425fb\n",
    },
    Case {
        name: "ping-as-a-user",
        spec: &["securityContext: {runAsUser: 1000, runAsGroup: 1000}"],
        container: &[],
        script: "ping -c 1 127.0.0.1 > /dev/null && cd /proc/sys/net/ipv4 && cat ip_unprivileged_port_start ping_group_range",
        prints: "0\n0\t65535\n",
    },
    Case {
        name: "host-network-as-a-user",
        spec: &[
            "hostNetwork: true",
            "securityContext: {runAsUser: 1000, runAsGroup: 1000}",
        ],
        container: &["securityContext: {capabilities: {drop: [ALL]}}"],
        script: "ping -c 1 127.0.0.1 > /dev/null && cat /proc/sys/net/ipv4/ip_unprivileged_port_start",
        prints: "0\n",
    },
    Case {
        name: "host-paths",
        spec: &[
            "volumes: [{name: a, hostPath: {path: /data/new}}, {name: b, hostPath: {path: /home/new}}, \
             {name: c, hostPath: {path: /media/new}}, {name: d, hostPath: {path: /mnt/new, type: DirectoryOrCreate}}, \
             {name: e, hostPath: {path: /opt/new}}, {name: f, hostPath: {path: /srv/new}}]",
        ],
        container: &[
            "volumeMounts: [{name: a, mountPath: /v/a}, {name: b, mountPath: /v/b}, {name: c, mountPath: /v/c}, \
             {name: d, mountPath: /v/d}, {name: e, mountPath: /v/e}, {name: f, mountPath: /v/f}]",
        ],
        script: "for v in /v/*; do echo kept > $v/file && echo $v; done",
        prints: "/v/a\n/v/b\n/v/c\n/v/d\n/v/e\n/v/f\n",
    },
    Case {
        name: "claimed-host-path",
        spec: &["volumes: [{name: v, persistentVolumeClaim: {claimName: tutorial}}]"],
        container: &["volumeMounts: [{name: v, mountPath: /v}]"],
        script: "echo claimed > /v/file && cat /v/file",
        prints: "claimed\n",
    },
    Case {
        name: "sub-path",
        spec: &["volumes: [{name: v, emptyDir: {}}]"],
        container: &[
            "volumeMounts: [{name: v, mountPath: /all}, {name: v, mountPath: /part, subPath: a/b}]",
        ],
        script: "echo there > /part/file && cat /all/a/b/file",
        prints: "there\n",
    },
    Case {
        name: "memory",
        spec: &["volumes: [{name: v, emptyDir: {medium: Memory, sizeLimit: 16Mi}}]"],
        container: &["volumeMounts: [{name: v, mountPath: /v}]"],
        script: "stat --file-system --format %T /v",
        prints: "tmpfs\n",
    },
    Case {
        name: "image-volume",
        spec: &[
            "volumes: [{name: v, image: {reference: 'localhost/lab/tools:1', pullPolicy: Never}}]",
        ],
        container: &["volumeMounts: [{name: v, mountPath: /v}]"],
        script: "ls /v/usr/bin/curl",
        prints: "/v/usr/bin/curl\n",
    },
    Case {
        name: "sysctls",
        spec: &[
            "securityContext: {sysctls: [{name: net.ipv4.ip_local_port_range, value: '1024 2000'}]}",
        ],
        container: &[],
        script: "cat /proc/sys/net/ipv4/ip_local_port_range",
        prints: "1024\t2000\n",
    },
    Case {
        name: "sidecar",
        spec: &[
            "terminationGracePeriodSeconds: 1",
            "volumes: [{name: v, emptyDir: {}}]",
            "initContainers: [{name: beside, image: 'localhost/lab/workloads:1', imagePullPolicy: Never, \
             restartPolicy: Always, command: [sh, -c, 'echo first > /v/file; sleep inf'], \
             startupProbe: {periodSeconds: 1, exec: {command: [cat, /v/file]}}, \
             volumeMounts: [{name: v, mountPath: /v}]}]",
        ],
        container: &["volumeMounts: [{name: v, mountPath: /v}]"],
        script: "cat /v/file",
        prints: "first\n",
    },
    Case {
        name: "bidirectional",
        spec: &["volumes: [{name: v, hostPath: {path: /mnt/shared, type: DirectoryOrCreate}}]"],
        container: &[
            "securityContext: {privileged: true}",
            "volumeMounts: [{name: v, mountPath: /v, mountPropagation: Bidirectional}]",
        ],
        script: "exec 3<> /dev/fuse && mkdir -p /v/m && mount -t tmpfs none /v/m && echo mounted > /v/m/file && cat /v/m/file",
        prints: "mounted\n",
    },
    Case {
        name: "agent",
        spec: &[
            "hostNetwork: true",
            "hostPID: true",
            "volumes: [{name: root, hostPath: {path: /}}, {name: log, hostPath: {path: /var/log}}, \
             {name: proc, hostPath: {path: /proc}}, {name: sys, hostPath: {path: /sys}}, \
             {name: crio, hostPath: {path: /run/crio/crio.sock, type: Socket}}, \
             {name: etc, hostPath: {path: /etc/os-release, type: File}}]",
        ],
        container: &[
            "volumeMounts: [{name: root, mountPath: /host, readOnly: true, mountPropagation: HostToContainer}, \
             {name: log, mountPath: /var/log, readOnly: true}, {name: proc, mountPath: /host-proc, readOnly: true}, \
             {name: sys, mountPath: /host-sys, readOnly: true}, {name: crio, mountPath: /crio.sock}, \
             {name: etc, mountPath: /os-release, readOnly: true}]",
        ],
        script: "ls -d /host/etc/kubernetes /var/log/pods /host-sys/class && cat /host-proc/1/comm && \
                 test -S /crio.sock && test -s /os-release && ! touch /host/new 2> /dev/null",
        prints: "/host-sys/class\n/host/etc/kubernetes\n/var/log/pods\nsystemd\n",
    },
    Case {
        name: "declared-mount",
        spec: &[
            "volumes: [{name: v, hostPath: {path: /mnt/mine, type: Directory}}, {name: w, hostPath: {path: /data}}]",
        ],
        container: &["volumeMounts: [{name: v, mountPath: /v}, {name: w, mountPath: /w}]"],
        script: "cat /v/file /w/file",
        prints: "mine\ndata\n",
    },
    Case {
        name: "declared-file",
        spec: &["volumes: [{name: v, hostPath: {path: /opt/tool, type: Directory}}]"],
        container: &["volumeMounts: [{name: v, mountPath: /v}]"],
        script: "sh /v/run",
        prints: "tool\n",
    },
    Case {
        name: "plugins",
        spec: &["volumes: [{name: v, hostPath: {path: /opt/cni/bin, type: Directory}}]"],
        container: &["volumeMounts: [{name: v, mountPath: /v}]"],
        script: "touch /v/plugin && ls /v",
        prints: "plugin\n",
    },
];

/// What does not run, and says why: a part of an event.
pub(super) const REFUSED: [(&str, &str, &str); 7] = [
    (
        "on-the-image",
        "{volumes: [{name: v, hostPath: {path: /foo}}], containers: [{name: main, image: 'localhost/lab/workloads:1', \
         imagePullPolicy: Never, command: [sleep, inf], volumeMounts: [{name: v, mountPath: /v}]}]}",
        "mkdir /foo: read-only file system",
    ),
    (
        "short",
        "{containers: [{name: main, image: nginx}]}",
        "docker://nginx:latest: pinging container registry registry-1.docker.io",
    ),
    (
        "short-with-tag",
        "{containers: [{name: main, image: 'redis:7'}]}",
        "docker://redis:7: pinging container registry registry-1.docker.io",
    ),
    (
        "short-with-owner",
        "{containers: [{name: main, image: traefik/whoami}]}",
        "docker://traefik/whoami:latest: pinging container registry registry-1.docker.io",
    ),
    (
        "high-user",
        "{securityContext: {runAsUser: 1000660000}, containers: [{name: main, image: 'localhost/lab/workloads:1', \
         imagePullPolicy: Never, command: [sleep, inf]}]}",
        "invalid argument",
    ),
    (
        "high-group",
        "{securityContext: {supplementalGroups: [1000660000]}, containers: [{name: main, \
         image: 'localhost/lab/workloads:1', imagePullPolicy: Never, command: [sleep, inf]}]}",
        "setgroups: Invalid argument",
    ),
    (
        "users",
        "{hostUsers: false, volumes: [{name: v, emptyDir: {}}, {name: c, configMap: {name: server}}, \
         {name: m, emptyDir: {medium: Memory}}], containers: [{name: main, image: 'localhost/lab/workloads:1', \
         imagePullPolicy: Never, command: [sh, -c, 'cat /c/Corefile /var/run/secrets/kubernetes.io/serviceaccount/token \
         > /m/file && touch /v/file && ls -ln /v && sleep inf'], volumeMounts: [{name: v, mountPath: /v}, \
         {name: c, mountPath: /c}, {name: m, mountPath: /m}]}]}",
        "can't set `spec.hostUsers: false`, runtime does not support user namespaces",
    ),
];

/// What continues: a server, one that reads, and one that logs without end; and the volume of Kubernetes' own tutorial.
pub(super) const SERVERS: &str = r#"
apiVersion: v1
kind: PersistentVolume
metadata: {name: tutorial}
spec:
  storageClassName: manual
  capacity: {storage: 1Gi}
  accessModes: [ReadWriteOnce]
  hostPath: {path: /mnt/data}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: tutorial}
spec: {storageClassName: manual, accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: server}
data: {Corefile: ".:5353 {\n  health :8080\n  whoami\n}\n"}
---
apiVersion: v1
kind: Pod
metadata: {name: server}
spec:
  containers:
  - name: main
    image: registry.k8s.io/coredns/coredns:v1.14.2
    imagePullPolicy: Never
    args: [-conf, /etc/coredns/Corefile]
    ports: [{containerPort: 8080, hostPort: 8081}, {containerPort: 5353, hostPort: 5353, protocol: UDP}]
    volumeMounts: [{name: configuration, mountPath: /etc/coredns}]
  volumes: [{name: configuration, configMap: {name: server}}]
---
apiVersion: v1
kind: Pod
metadata: {name: reader}
spec:
  containers:
  - {name: main, image: "localhost/lab/workloads:1", imagePullPolicy: Never, stdin: true, command: [cat]}
---
apiVersion: v1
kind: Pod
metadata: {name: talker}
spec:
  containers:
  - name: main
    image: localhost/lab/workloads:1
    imagePullPolicy: Never
    command: [sh, -c, "while :; do echo a line of which there are many; sleep 0.01; done"]
"#;
