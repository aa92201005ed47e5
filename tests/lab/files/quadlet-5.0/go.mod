module kinc/lab/quadlet-5.0

go 1.25.6

tool github.com/containers/podman/v5/cmd/quadlet

require (
	github.com/containers/podman/v5 v5.0.3 // indirect
	github.com/containers/storage v1.53.0 // indirect
)
