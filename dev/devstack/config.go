package devstack

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"time"

	"go.temporal.io/server/common/authorization"
	"go.temporal.io/server/common/cluster"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/dynamicconfig"
	"go.temporal.io/server/common/membership/static"
	"go.temporal.io/server/common/primitives"
	"go.temporal.io/server/temporal"
)

const (
	loopback = "127.0.0.1"
	// clusterName is stored in the file and cannot be changed for it.
	clusterName = "active"
	// historyShards is stored in the file too. More shards gain nothing on the one connection that SQLite gets.
	historyShards = 1
	// innerServices counts the services that take free ports: history, matching, worker.
	innerServices = 3
	// failoverVersionIncrement is the server's usual value; it matters only between replicating clusters.
	failoverVersionIncrement = 10
)

// serverOptions describes a server of all four services in this process. inner holds a free port for each inner service.
func serverOptions(
	log *serverLog, opts TemporalOptions, address string, inner []int,
) ([]temporal.ServerOption, error) {
	host, portText, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("frontend address: %w", err)
	}
	port, err := strconv.Atoi(portText)
	if err != nil {
		return nil, fmt.Errorf("frontend port: %w", err)
	}

	services := map[primitives.ServiceName]config.RPC{
		primitives.FrontendService: {BindOnIP: host, GRPCPort: port},
		primitives.HistoryService:  {BindOnIP: loopback, GRPCPort: inner[0]},
		primitives.MatchingService: {BindOnIP: loopback, GRPCPort: inner[1]},
		primitives.WorkerService:   {BindOnIP: loopback, GRPCPort: inner[2]},
	}
	cfg := serverConfig(opts.storage, address, services)

	authorizer, err := authorization.GetAuthorizerFromConfig(&cfg.Global.Authorization)
	if err != nil {
		return nil, fmt.Errorf("authorizer: %w", err)
	}
	claims, err := authorization.GetClaimMapperFromConfig(&cfg.Global.Authorization, log)
	if err != nil {
		return nil, fmt.Errorf("claim mapper: %w", err)
	}

	return []temporal.ServerOption{
		temporal.WithConfig(cfg),
		temporal.ForServices(temporal.DefaultServices),
		temporal.WithStaticHosts(staticHosts(services)),
		temporal.WithLogger(log),
		temporal.WithAuthorizer(authorizer),
		temporal.WithClaimMapper(func(*config.Config) authorization.ClaimMapper { return claims }),
		temporal.WithDynamicConfigClient(dynamicConfig()),
	}, nil
}

func serverConfig(store storage, address string, services map[primitives.ServiceName]config.RPC) *config.Config {
	const facts, lists = "default", "visibility"
	cfg := &config.Config{
		Persistence: config.Persistence{
			DefaultStore:     facts,
			VisibilityStore:  lists,
			NumHistoryShards: store.shards,
			DataStores:       map[string]config.DataStore{facts: {SQL: store.main}, lists: {SQL: store.visibility}},
		},
		ClusterMetadata: &cluster.Config{
			FailoverVersionIncrement: failoverVersionIncrement,
			MasterClusterName:        clusterName,
			CurrentClusterName:       clusterName,
			ClusterInformation: map[string]cluster.ClusterInformation{
				clusterName: {Enabled: true, InitialFailoverVersion: 1, RPCAddress: address},
			},
		},
		DCRedirectionPolicy: config.DCRedirectionPolicy{Policy: "noop"},
		Services:            map[string]config.Service{},
		PublicClient:        config.PublicClient{HostPort: address},
	}
	for name, rpc := range services {
		cfg.Services[string(name)] = config.Service{RPC: rpc}
	}

	// Closed workflows live in the database until their retention ends; nothing is archived elsewhere.
	const off = "disabled"
	cfg.Archival.History.State = off
	cfg.Archival.Visibility.State = off
	cfg.NamespaceDefaults.Archival.History.State = off
	cfg.NamespaceDefaults.Archival.Visibility.State = off
	return cfg
}

// staticHosts tells the services where they find each other, in place of a gossip ring.
func staticHosts(services map[primitives.ServiceName]config.RPC) map[primitives.ServiceName]static.Hosts {
	hosts := make(map[primitives.ServiceName]static.Hosts, len(services))
	for name, rpc := range services {
		hosts[name] = static.SingleLocalHost(net.JoinHostPort(rpc.BindOnIP, strconv.Itoa(rpc.GRPCPort)))
	}
	return hosts
}

// dynamicConfig holds the knobs that differ from the server's defaults, which are made for a cluster.
func dynamicConfig() dynamicconfig.StaticClient {
	const (
		ackInterval   = time.Second
		requestRate   = 20_000 // a second; one process serves everything, the limits protect nobody
		storageRate   = 45_000
		cachedRuns    = 8_096 // the default, 128,000, keeps hundreds of megabytes
		batchRate     = 500
		batchesAtOnce = 5
	)
	settings := map[string]any{
		// A queue keeps what it has done in memory until it acknowledges: often is cheaper under load than every 30 s.
		"history.transferProcessorUpdateAckInterval":   ackInterval,
		"history.timerProcessorUpdateAckInterval":      ackInterval,
		"history.visibilityProcessorUpdateAckInterval": ackInterval,
		"history.hostLevelCacheMaxSize":                cachedRuns,

		// Fairness between campaigns is exact only within a partition, so a queue has one.
		"matching.enableFairness":              true,
		"matching.numTaskqueueReadPartitions":  1,
		"matching.numTaskqueueWritePartitions": 1,

		"frontend.rps":                                     requestRate,
		"frontend.namespaceRPS":                            requestRate,
		"frontend.namespaceRPS.visibility":                 requestRate,
		"frontend.persistenceMaxQPS":                       storageRate,
		"history.persistenceMaxQPS":                        storageRate,
		"matching.persistenceMaxQPS":                       storageRate,
		"worker.batcherRPS":                                batchRate,
		"frontend.MaxConcurrentBatchOperationPerNamespace": batchesAtOnce,
	}

	dynamic := make(dynamicconfig.StaticClient, len(settings))
	for key, value := range settings {
		dynamic[dynamicconfig.MakeKey(key)] = value
	}
	return dynamic
}

// freePorts returns n different free ports of the loopback address. They are free when it returns, not reserved.
func freePorts(ctx context.Context, n int) (ports []int, err error) {
	var config net.ListenConfig
	listeners := make([]net.Listener, 0, n)
	defer func() {
		for _, listener := range listeners {
			err = errors.Join(err, listener.Close())
		}
	}()

	for range n {
		listener, err := config.Listen(ctx, "tcp", net.JoinHostPort(loopback, "0"))
		if err != nil {
			return nil, fmt.Errorf("find a free port: %w", err)
		}
		listeners = append(listeners, listener)
		address, ok := listener.Addr().(*net.TCPAddr)
		if !ok {
			return nil, fmt.Errorf("find a free port: unexpected address type %T", listener.Addr())
		}
		ports = append(ports, address.Port)
	}
	return ports, nil
}
