package worker

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"beckon/workflows"
)

// recorder is a registry that remembers what is registered.
type recorder struct {
	worker.Registry // the rest is not used

	functions map[string]any
}

func (r *recorder) RegisterActivityWithOptions(fn any, options activity.RegisterOptions) {
	r.functions[options.Name] = fn
}

func (r *recorder) RegisterWorkflowWithOptions(fn any, options workflow.RegisterOptions) {
	r.functions[options.Name] = fn
}

// registered are the functions that each queue's worker has, by name.
func registered(t *testing.T) map[string]map[string]any {
	t.Helper()
	own, plan, email, text, phone := &recorder{}, &recorder{}, &recorder{}, &recorder{}, &recorder{}
	for _, each := range []*recorder{own, plan, email, text, phone} {
		each.functions = map[string]any{}
	}
	registerOwn(own, Dependencies{})
	registerPlan(plan, Dependencies{})
	sends := newSends(Dependencies{}, Config{})
	registerEmail(email, sends)
	registerText(text, sends)
	registerPhone(phone, sends)
	return map[string]map[string]any{
		workflows.TaskQueue: own.functions, workflows.PlanTaskQueue: plan.functions, workflows.EmailTaskQueue: email.functions,
		workflows.TextTaskQueue: text.functions, workflows.PhoneTaskQueue: phone.functions,
	}
}

// constants are those of a file of package workflows whose names begin with the prefix, with their values.
func constants(t *testing.T, file, prefix string) map[string]string {
	t.Helper()
	found := map[string]string{}
	parsed, err := parser.ParseFile(token.NewFileSet(), filepath.Join("..", "workflows", file), nil, 0)
	require.NoError(t, err)
	ast.Inspect(parsed, func(node ast.Node) bool {
		spec, is := node.(*ast.ValueSpec)
		if !is {
			return true
		}
		for i, name := range spec.Names {
			if !strings.HasPrefix(name.Name, prefix) || i >= len(spec.Values) {
				continue
			}
			literal, is := spec.Values[i].(*ast.BasicLit)
			require.True(t, is, "%s", name.Name)
			value, err := strconv.Unquote(literal.Value)
			require.NoError(t, err)
			found[name.Name] = value
		}
		return true
	})
	return found
}

// Every activity that workflows call is registered on one queue, and none is that nobody calls.
func TestActivitiesAreRegistered(t *testing.T) {
	t.Parallel()
	called := slices.Sorted(maps.Values(constants(t, "call.go", "Activity")))
	require.GreaterOrEqual(t, len(called), 9)
	have := []string{}
	for _, functions := range registered(t) {
		have = slices.AppendSeq(have, maps.Keys(functions))
	}
	slices.Sort(have)
	require.Equal(t, called, have)
}

// A method has the name that it is registered by, so that stack traces, metrics and histories tell the same.
func TestActivitiesAreNamedAsTheirMethods(t *testing.T) {
	t.Parallel()
	for _, functions := range registered(t) {
		for name, fn := range functions {
			full := runtime.FuncForPC(reflect.ValueOf(fn).Pointer()).Name()
			require.True(t, strings.HasSuffix(full, "."+name+"-fm"), "%s is registered as %s", full, name)
		}
	}
}

// Quick activities run on the workflows' own queue, and each channel on its own.
func TestActivitiesRunOnTheirQueues(t *testing.T) {
	t.Parallel()
	have := registered(t)
	require.ElementsMatch(t, []string{workflows.ActivityPlan, workflows.ActivityStranger},
		slices.Collect(maps.Keys(have[workflows.PlanTaskQueue])), "whatever asks the AI at length")
	require.Equal(t, []string{workflows.ActivitySendEmail}, slices.Collect(maps.Keys(have[workflows.EmailTaskQueue])))
	require.Equal(t, []string{workflows.ActivitySendText}, slices.Collect(maps.Keys(have[workflows.TextTaskQueue])))
	require.Equal(t, []string{workflows.ActivityMakeCall}, slices.Collect(maps.Keys(have[workflows.PhoneTaskQueue])))
	for _, local := range []string{
		workflows.ActivityLookCampaign, workflows.ActivityTakeContacts, workflows.ActivityControl,
		workflows.ActivityLookContact, workflows.ActivityControlOne, workflows.ActivityLookResend,
	} {
		require.Contains(t, have[workflows.TaskQueue], local, "local activities run where workflows do")
	}
}

func TestWorkflowsAreRegistered(t *testing.T) {
	t.Parallel()
	registry := &recorder{functions: map[string]any{}}
	Register(registry, workflows.Config{})
	require.Equal(t,
		[]string{workflows.CampaignWorkflow, workflows.ContactWorkflow, workflows.ReconcileWorkflow, workflows.ResendWorkflow, workflows.StrangerWorkflow},
		slices.Sorted(maps.Keys(registry.functions)))
}

// Stopping what was never started does nothing.
func TestStopBeforeStart(t *testing.T) {
	t.Parallel()
	(&Workers{}).Stop()
}
