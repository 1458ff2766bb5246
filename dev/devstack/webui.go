package devstack

import (
	"context"
	"fmt"
	"net"
	"strconv"

	uiserver "github.com/temporalio/ui-server/v2/server"
	uiconfig "github.com/temporalio/ui-server/v2/server/config"
	uioptions "github.com/temporalio/ui-server/v2/server/server_options"
)

// webUI is Temporal's Web UI; its pages are part of the binary.
type webUI struct {
	server *uiserver.Server
	done   chan struct{}
}

// startWebUI returns when the UI answers. The UI's server ends the process if it cannot listen, so the caller makes sure
// that the address is free.
func startWebUI(ctx context.Context, address, temporalAddress string) (*webUI, error) {
	host, portText, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("web UI address: %w", err)
	}
	port, err := strconv.Atoi(portText)
	if err != nil {
		return nil, fmt.Errorf("web UI port: %w", err)
	}

	ui := &webUI{
		server: uiserver.NewServer(uioptions.WithConfigProvider(&uiconfig.Config{
			Host:                host,
			Port:                port,
			TemporalGRPCAddress: temporalAddress,
			EnableUI:            true,
			CORS:                uiconfig.CORS{CookieInsecure: true}, // plain HTTP on the loopback address
			HideLogs:            true,
			DisableNewsFetch:    true,
			DefaultNamespace:    Namespace,
		})),
		done: make(chan struct{}),
	}
	go func() {
		defer close(ui.done)
		_ = ui.server.Start() // its only error is that of its constant configuration, which the wait below would notice
	}()

	if err := waitHTTP(ctx, "http://"+address+"/healthz"); err != nil {
		ui.stop()
		return nil, fmt.Errorf("start web UI: %w", err)
	}
	return ui, nil
}

// stop closes all connections.
func (u *webUI) stop() {
	u.server.Stop()
	<-u.done
}
