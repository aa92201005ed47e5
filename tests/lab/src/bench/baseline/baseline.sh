# Runs in the booted machine: from CRI-O's start until a pod can run. NODE ADDRESS POD_SUBNET
set -euo pipefail
ip link add eth0 type veth peer name eth1
ip address add "$2/24" dev eth0
ip link set eth1 up
ip link set eth0 up
ip route add default dev eth0
# The name by which kubeadm.conf has all parts reach the API server.
sed -n 's/^controlPlaneEndpoint: \([^:]*\):6443$/'"$2"' \1/p' /etc/kinc/kubeadm.conf >> /etc/hosts
mount --make-rshared /
mkdir -p /run/kinc/kubelet.conf.d /var/lib/cni/{net.d,bin} /var/lib/kubelet /var/{log,tmp}
jq --arg cidr "$3" '.plugins[0].ipam.ranges[0][0].subnet = $cidr' \
  /usr/share/kinc/bridge.conflist > /var/lib/cni/net.d/10-kinc.conflist
mount --bind /etc/kinc/kubelet.conf.d /run/kinc/kubelet.conf.d
date --utc +%Y-%m-%dT%H:%M:%SZ > /run/kinc/started
systemctl start crio
kubeadm init --config /etc/kinc/kubeadm.conf --skip-phases preflight
# The same conditions as in kinc's node.
KINC_CNI=bridge KINC_NODE=$1 KINC_NODE_ADDRESS=$2 KINC_POD_CIDR=$3 /usr/libexec/kinc/ready
