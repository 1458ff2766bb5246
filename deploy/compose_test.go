package deploy_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
	"github.com/joho/godotenv"
	"github.com/stretchr/testify/require"

	"beckon/workflows"
)

// required are the variables without which docker-compose.yml is refused.
func required() []string {
	return []string{
		"POSTGRES_PASSWORD", "BECKON_PUBLIC_URL", "BECKON_SECRET_KEY", "SENDGRID_API_KEY", "SENDGRID_WEBHOOK_PUBLIC_KEY", "OPENAI_API_KEY",
	}
}

// filledIn is an environment as somebody would fill .env.example in. Each value is recognised where it turns up again.
func filledIn() []string {
	environment := []string{}
	for _, name := range required() {
		environment = append(environment, name+"=value-of-"+name)
	}
	return environment
}

// load reads docker-compose.yml as Docker Compose does.
func load(t *testing.T, environment ...string) (*types.Project, error) {
	t.Helper()
	options, err := cli.NewProjectOptions([]string{root + "/docker-compose.yml"}, cli.WithEnv(environment))
	require.NoError(t, err)
	return options.LoadProject(t.Context())
}

// project is docker-compose.yml with everything filled in.
func project(t *testing.T, more ...string) *types.Project {
	t.Helper()
	loaded, err := load(t, append(filledIn(), more...)...)
	require.NoError(t, err)
	return loaded
}

// TestComposeOrder holds what each service waits for before it starts.
func TestComposeOrder(t *testing.T) {
	t.Parallel()
	const healthy, done = types.ServiceConditionHealthy, types.ServiceConditionCompletedSuccessfully
	wanted := map[string]map[string]string{
		"postgres":           {},
		"temporal-schema":    {"postgres": healthy},
		"temporal":           {"temporal-schema": done},
		"temporal-namespace": {"temporal": healthy},
		"temporal-ui":        {"temporal": healthy},
		"migrate":            {"postgres": healthy},
		"api":                {"migrate": done},
		"worker":             {"migrate": done, "temporal-namespace": done},
	}
	found := map[string]map[string]string{}
	for name, service := range project(t).Services {
		found[name] = map[string]string{}
		for other, dependency := range service.DependsOn {
			require.True(t, dependency.Required, "%s on %s", name, other)
			found[name][other] = dependency.Condition
		}
	}
	require.Equal(t, wanted, found)
}

// TestComposeConditions holds that a service that others wait for can meet the condition: one that is to be healthy says
// how that is seen, and one that is to be done ends, so that it is not started again.
func TestComposeConditions(t *testing.T) {
	t.Parallel()
	services := project(t).Services
	done := map[string]bool{}
	for name, service := range services {
		for other, dependency := range service.DependsOn {
			check := services[other].HealthCheck
			switch dependency.Condition {
			case types.ServiceConditionHealthy:
				require.NotNil(t, check, "%s waits for %s", name, other)
				require.False(t, check.Disable, "%s waits for %s", name, other)
				require.NotEmpty(t, check.Test, "%s waits for %s", name, other)
			case types.ServiceConditionCompletedSuccessfully:
				done[other] = true
			default:
				require.Fail(t, "a start says nothing", "%s waits for %s: %s", name, other, dependency.Condition)
			}
		}
	}
	for name, service := range services {
		if done[name] {
			require.True(t, strings.HasPrefix(service.Restart, "on-failure:"), "%s ends; it restarts %q", name, service.Restart)
		} else {
			require.Equal(t, "unless-stopped", service.Restart, name)
		}
	}
}

// TestComposeCommands holds what runs in Beckon's containers, and how it is seen to be well.
func TestComposeCommands(t *testing.T) {
	t.Parallel()
	services := project(t).Services
	commands := map[string]string{"migrate": "migrate", "api": "api", "worker": "worker"}
	for name, service := range services {
		if service.Build == nil {
			require.NotContains(t, commands, name)
			require.Regexp(t, `^[a-z/-]+:[0-9][0-9.]*$`, service.Image, "%s has a version that does not move", name)
			continue
		}
		require.Equal(t, types.ShellCommand{commands[name]}, service.Command, name)
		require.Equal(t, "beckon:latest", service.Image, name)
		require.Empty(t, service.Entrypoint, name)
	}
	check := services["api"].HealthCheck
	require.Equal(t, "http://127.0.0.1:8080/readyz", check.Test[len(check.Test)-1])
	require.True(t, services["worker"].HealthCheck.Disable, "it listens on nothing")
	require.True(t, services["migrate"].HealthCheck.Disable, "it listens on nothing")

	// What is being done is let finish: requests have 15 s, and each of a worker's five queues 20 s.
	require.Greater(t, time.Duration(*services["api"].StopGracePeriod), 15*time.Second)
	require.Greater(t, time.Duration(*services["worker"].StopGracePeriod), 5*20*time.Second)
}

// TestComposeEnvironment holds that Beckon's containers are given every variable that the code reads, and none that it
// does not; all three the same.
func TestComposeEnvironment(t *testing.T) {
	t.Parallel()
	known := variables()
	given := []string{}
	for name := range known {
		given = append(given, name+"=given-"+name)
	}
	// Those that lead to what runs beside it are docker-compose.yml's own.
	own := map[string]string{
		"BECKON_DATABASE_URL": "postgres://beckon:value-of-POSTGRES_PASSWORD@postgres:5432/beckon?sslmode=disable",
		"BECKON_LISTEN":       "0.0.0.0:8080",
	}
	services := project(t, given...).Services
	for _, name := range []string{"api", "worker", "migrate"} {
		environment := services[name].Environment
		for variable := range known {
			require.Contains(t, environment, variable, name)
			require.NotNil(t, environment[variable], "%s %s", name, variable)
			wanted := "given-" + variable
			if value, fixed := own[variable]; fixed {
				wanted = value
			}
			require.Equal(t, wanted, *environment[variable], "%s %s", name, variable)
		}
		for variable, value := range environment {
			if !strings.HasPrefix(variable, "TEMPORAL_") {
				require.Contains(t, known, variable, "%s: the code reads no such variable", name)
				continue
			}
			require.NotNil(t, value)
		}
		require.Equal(t, "temporal:7233", *environment["TEMPORAL_ADDRESS"])
	}
}

// TestComposeSecrets holds that no secret stands in docker-compose.yml, and that it is refused where one is missing.
func TestComposeSecrets(t *testing.T) {
	t.Parallel()
	for _, missing := range required() {
		environment := slices.DeleteFunc(filledIn(), func(each string) bool { return strings.HasPrefix(each, missing+"=") })
		_, err := load(t, environment...)
		require.ErrorContains(t, err, missing)
	}

	secret := regexp.MustCompile(`(?i)PASSWORD|PWD|_KEY$|SECRET|TOKEN`)
	for name, service := range project(t).Services {
		for variable, value := range service.Environment {
			if value == nil || !secret.MatchString(variable) {
				continue
			}
			require.True(t, strings.HasPrefix(*value, "value-of-"), "%s: %s is %q", name, variable, *value)
		}
	}

	// The database's address holds a password too.
	for _, address := range regexp.MustCompile(`postgres://\S+`).FindAllString(read(t, "docker-compose.yml"), -1) {
		require.Regexp(t, `^postgres://beckon:\$\{POSTGRES_PASSWORD:`, address)
	}
	example, err := godotenv.Read(root + "/.env.example")
	require.NoError(t, err)
	for variable, value := range example {
		require.Empty(t, value, "%s is an example", variable)
	}
}

// TestComposeExample holds that .env.example names every variable that docker-compose.yml takes, alone or with the second
// file, and no other; those that must be filled in are not commented out.
func TestComposeExample(t *testing.T) {
	t.Parallel()
	text := read(t, "docker-compose.yml") + read(t, "deploy/temporal-cloud.yaml")
	taken := map[string]bool{}
	for _, match := range regexp.MustCompile(`\$\{([A-Z_]+)`).FindAllStringSubmatch(text, -1) {
		taken[match[1]] = true
	}
	for _, match := range regexp.MustCompile(`(?m)^  ([A-Z_]+):$`).FindAllStringSubmatch(text, -1) {
		taken[match[1]] = true
	}
	named := map[string]bool{}
	for _, match := range regexp.MustCompile(`(?m)^(#?)([A-Z_]+)=`).FindAllStringSubmatch(read(t, ".env.example"), -1) {
		named[match[2]] = true
		require.Equal(t, slices.Contains(required(), match[2]), match[1] == "", "%s", match[2])
	}
	require.Equal(t, taken, named)
}

// TestComposeData holds that what must outlive a container lies in a named volume, and that nothing is open to other hosts.
func TestComposeData(t *testing.T) {
	t.Parallel()
	loaded := project(t)
	require.Contains(t, loaded.Volumes, "postgres-data")
	for name, service := range loaded.Services {
		for _, volume := range service.Volumes {
			switch volume.Type {
			case types.VolumeTypeVolume:
				require.Contains(t, loaded.Volumes, volume.Source, name)
			case types.VolumeTypeBind:
				require.True(t, volume.ReadOnly, "%s: %s", name, volume.Source)
				require.DirExists(t, volume.Source, name)
			default:
				require.Fail(t, "no such volume is wanted", "%s: %s", name, volume.Type)
			}
		}
		for _, port := range service.Ports {
			require.Equal(t, "127.0.0.1", port.HostIP, name)
		}
	}
	data := loaded.Services["postgres"].Volumes
	require.Len(t, data, 1)
	require.Equal(t, "/var/lib/postgresql/data", data[0].Target, "where the image of this version keeps it")
}

// TestComposeTemporal holds what Beckon wants of Temporal: the namespace, fairness, and enough connections.
func TestComposeTemporal(t *testing.T) {
	t.Parallel()
	services := project(t).Services
	temporal, namespace := services["temporal"], services["temporal-namespace"]
	require.Equal(t, "postgres12", *temporal.Environment["DB"])
	require.Equal(t, *services["worker"].Environment["TEMPORAL_NAMESPACE"], *namespace.Environment["TEMPORAL_NAMESPACE"])
	require.Equal(t, temporal.Volumes[0].Source, namespace.Volumes[0].Source)
	require.Equal(t, temporal.Volumes[0].Target+"/dynamicconfig.yaml", *temporal.Environment["DYNAMIC_CONFIG_FILE_PATH"])
	for name, script := range map[string]string{"temporal-schema": "schema.sh", "temporal-namespace": "namespace.sh"} {
		entry := services[name].Entrypoint
		require.Equal(t, services[name].Volumes[0].Target+"/"+script, entry[len(entry)-1])
		require.FileExists(t, services[name].Volumes[0].Source+"/"+script)
	}

	dynamic := read(t, "deploy/temporal/dynamicconfig.yaml")
	for key, value := range map[string]string{
		"matching.enableFairness": "true", "matching.numTaskqueueReadPartitions": "1", "matching.numTaskqueueWritePartitions": "1",
	} {
		require.Contains(t, dynamic, "\n"+key+":\n  - value: "+value+"\n", "campaigns get their turns")
	}

	script := read(t, "deploy/temporal/namespace.sh")
	require.Contains(t, script, "retention=30d")
	for _, attribute := range []string{workflows.SearchContactStatus, workflows.SearchWaitingReason} {
		require.Contains(t, script, "--name "+attribute+" --type Keyword")
	}
}

// TestComposeTemporalCloud holds that the second file leaves Temporal's services out, with all that waits for them, and leads
// API and worker elsewhere, without an address or a key of its own.
func TestComposeTemporalCloud(t *testing.T) {
	t.Parallel()
	files := []string{root + "/docker-compose.yml", root + "/deploy/temporal-cloud.yaml"}
	given := append(filledIn(), "TEMPORAL_ADDRESS=given-address", "TEMPORAL_NAMESPACE=given-namespace", "TEMPORAL_API_KEY=given-key",
		"TEMPORAL_TLS_DIRECTORY=/etc/beckon")
	options, err := cli.NewProjectOptions(files, cli.WithEnv(given))
	require.NoError(t, err)
	loaded, err := options.LoadProject(t.Context())
	require.NoError(t, err)
	require.ElementsMatch(t, []string{"postgres", "migrate", "api", "worker"}, loaded.ServiceNames())
	for _, name := range []string{"api", "worker"} {
		service := loaded.Services[name]
		require.Equal(t, []string{"migrate"}, service.GetDependencies(), name)
		require.Equal(t, "given-address", *service.Environment["TEMPORAL_ADDRESS"])
		require.Equal(t, "given-namespace", *service.Environment["TEMPORAL_NAMESPACE"])
		require.Equal(t, "given-key", *service.Environment["TEMPORAL_API_KEY"])
		require.Nil(t, service.Environment["TEMPORAL_TLS_CLIENT_KEY_PATH"], "not given is not set")
		require.Contains(t, service.Environment, "BECKON_DATABASE_URL", "what the first file gives stays")
		require.Equal(t, "/etc/beckon", service.Volumes[0].Source)
		require.True(t, service.Volumes[0].ReadOnly)
	}
	options, err = cli.NewProjectOptions(files, cli.WithEnv(filledIn()))
	require.NoError(t, err)
	_, err = options.LoadProject(t.Context())
	require.ErrorContains(t, err, "TEMPORAL_ADDRESS")
}
