module kinc/lab/quadlet-5.5

go 1.25.6

tool github.com/containers/podman/v5/cmd/quadlet

require (
	github.com/containers/podman/v5 v5.5.2 // indirect
	github.com/containers/storage v1.58.0 // indirect
	github.com/sirupsen/logrus v1.9.3 // indirect
	golang.org/x/sys v0.33.0 // indirect
)
