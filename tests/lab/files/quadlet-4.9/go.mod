module kinc/lab/quadlet-4.9

go 1.25.6

tool github.com/containers/podman/v4/cmd/quadlet

require (
	github.com/containers/podman/v4 v4.9.5 // indirect
	github.com/containers/storage v1.51.0 // indirect
)
