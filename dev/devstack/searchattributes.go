package devstack

import (
	"context"
	"fmt"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
)

// ensureSearchAttributes adds the Keyword attributes that the namespace lacks and returns when queries may name all of
// them. A new file has them from the beginning.
func ensureSearchAttributes(ctx context.Context, c client.Client, names []string) error {
	listed, err := c.OperatorService().ListSearchAttributes(ctx, &operatorservice.ListSearchAttributesRequest{
		Namespace: Namespace,
	})
	if err != nil {
		return fmt.Errorf("list search attributes: %w", err)
	}
	missing := make(map[string]enumspb.IndexedValueType)
	for _, name := range names {
		if _, ok := listed.GetCustomAttributes()[name]; !ok {
			missing[name] = enumspb.INDEXED_VALUE_TYPE_KEYWORD
		}
	}

	if len(missing) > 0 {
		_, err := c.OperatorService().AddSearchAttributes(ctx, &operatorservice.AddSearchAttributesRequest{
			Namespace:        Namespace,
			SearchAttributes: missing,
		})
		if err != nil {
			return fmt.Errorf("add search attributes: %w", err)
		}
	}

	// The services learn of a namespace's change from a cache that they refresh every few seconds.
	for _, name := range names {
		err := poll(ctx, func(ctx context.Context) error {
			_, err := c.CountWorkflow(ctx, &workflowservice.CountWorkflowExecutionsRequest{
				Namespace: Namespace,
				Query:     fmt.Sprintf("%s = 'none'", name),
			})
			if err != nil {
				return fmt.Errorf("query by %s: %w", name, err)
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("wait for search attributes: %w", err)
		}
	}
	return nil
}
