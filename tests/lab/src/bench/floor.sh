#!/bin/bash
# A bare control plane, as root and without a container, in a root made of the node image's layers.
set -euo pipefail
address=$(ip -4 -json address show scope global | jq -r '.[0].addr_info[0].local')
lab=/home/ops/.config/kinc-lab
prepare() {
  mkdir -p /home/floor/{upper,work,root}
  mount -t overlay floor -o "lowerdir=$1,upperdir=/home/floor/upper,workdir=/home/floor/work" /home/floor/root
  # overlay cannot sit on overlay: what holds containers is a plain directory.
  mkdir -p /home/floor/var && mount --bind /home/floor/var /home/floor/root/var
  for each in proc sys dev run; do mount --rbind /$each /home/floor/root/$each; done
  mount --make-rshared /
  cd /home/floor/root
  mkdir -p run/kinc var/lib/cni/{net.d,bin} var/lib/kubelet var/log
  jq '.plugins[0].ipam.ranges[0][0].subnet = "10.244.0.0/24"' usr/share/kinc/bridge.conflist > var/lib/cni/net.d/10.conflist
  cp $lab/crio.conf etc/crio/crio.conf.d/50-no-controllers.conf
  cp $lab/crun-no-cgroup etc/kinc/ && cp $lab/kubelet.conf etc/kinc/kubelet.conf.d/50-no-controllers.conf
  sed "s/ADDRESS/$address/" > etc/kinc/kubeadm.conf <<'CONF'
{apiVersion: kubeadm.k8s.io/v1beta4, kind: InitConfiguration, localAPIEndpoint: {advertiseAddress: ADDRESS},
 nodeRegistration: {name: floor, criSocket: "unix:///run/crio/crio.sock", taints: []}}
---
{apiVersion: kubeadm.k8s.io/v1beta4, kind: ClusterConfiguration, kubernetesVersion: v1.36.3, networking: {podSubnet: 10.244.0.0/16}}
---
{apiVersion: kubelet.config.k8s.io/v1beta1, kind: KubeletConfiguration, failSwapOn: false}
---
{apiVersion: kubeproxy.config.k8s.io/v1alpha1, kind: KubeProxyConfiguration, mode: nftables, conntrack: {maxPerCore: 0}}
CONF
  for unit in crio kubelet; do
    sed -e 's|^Exec[A-Za-z]*Pre=.*||' -e 's|^ExecStart=|ExecStart=/usr/sbin/chroot /home/floor/root |' -e '/^After=kinc\|^Wants=kinc\|^FailureAction\|^ConditionPathExists/d' \
      -e 's|^EnvironmentFile=-|EnvironmentFile=-/home/floor/root|' usr/lib/systemd/system/$unit.service > /run/systemd/system/$unit.service
  done
  sed -i 's/^Type=notify/Type=notify\nNotifyAccess=all/' /run/systemd/system/crio.service
  systemctl daemon-reload
}
start() {
  date --utc +%Y-%m-%dT%H:%M:%SZ > /run/kinc/started
  systemctl start crio
  chroot /home/floor/root env SYSTEMD_IGNORE_CHROOT=1 kubeadm init --config /etc/kinc/kubeadm.conf --skip-phases preflight
  chroot /home/floor/root env KINC_NODE=floor KINC_NODE_ADDRESS="$address" /usr/libexec/kinc/ready
}
"$@"
