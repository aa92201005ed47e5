module kinc/lab/quadlet-6.0

go 1.25.6

tool go.podman.io/podman/v6/cmd/quadlet

require go.podman.io/podman/v6 v6.0.0 // indirect

require go.podman.io/storage v1.63.0 // indirect
