module kinc/lab/quadlet-5.3

go 1.25.6

tool github.com/containers/podman/v5/cmd/quadlet

require (
	github.com/containers/podman/v5 v5.3.2 // indirect
	github.com/containers/storage v1.56.1 // indirect
	github.com/sirupsen/logrus v1.9.3 // indirect
	golang.org/x/sys v0.27.0 // indirect
)
