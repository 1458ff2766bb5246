package sandbox

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
)

// maxPostsAtOnce is how many requests of a postEach are under way together.
const maxPostsAtOnce = 8

// poster delivers a batch of callbacks and says which were taken; an error means that none was, and that nobody answered.
type poster func(ctx context.Context, batch []callback) (postAnswer, error)

// postAnswer sorts a batch by what became of it. What is in neither list was not tried.
type postAnswer struct {
	// taken were answered 2xx.
	taken   []callback
	refused []callback
	// status is one of the answers to those refused, 0 where there was none.
	status int
}

// postAll delivers a whole batch with one request.
type postAll struct {
	client *http.Client
	// request makes the signed request that delivers a batch.
	request func(ctx context.Context, batch []callback) (*http.Request, error)
}

// post is a poster.
func (p postAll) post(ctx context.Context, batch []callback) (postAnswer, error) {
	request, err := p.request(ctx, batch)
	if err != nil {
		return postAnswer{}, err
	}
	status, err := statusOf(p.client, request)
	switch {
	case err != nil:
		return postAnswer{}, err
	case isSuccess(status):
		return postAnswer{taken: batch}, nil
	default:
		return postAnswer{refused: batch, status: status}, nil
	}
}

// postEach delivers every callback with a request of its own, those of one message in their order.
type postEach struct {
	client *http.Client
	// request makes the signed request that delivers one callback.
	request func(ctx context.Context, call callback) (*http.Request, error)
}

// post is a poster. It has no errors: the callbacks may be for different places, so that one that cannot be reached says
// nothing about the others.
func (p postEach) post(ctx context.Context, batch []callback) (postAnswer, error) {
	var (
		order  []string
		queues = map[string][]callback{}
	)
	for _, call := range batch {
		if len(queues[call.messageID]) == 0 {
			order = append(order, call.messageID)
		}
		queues[call.messageID] = append(queues[call.messageID], call)
	}

	var (
		mu     sync.Mutex
		answer postAnswer
		group  sync.WaitGroup
	)
	slots := make(chan struct{}, maxPostsAtOnce)
	for _, id := range order {
		slots <- struct{}{}
		group.Go(func() {
			defer func() { <-slots }()
			for _, call := range queues[id] {
				status, err := p.one(ctx, call)
				if err != nil && ctx.Err() != nil {
					return
				}
				taken := err == nil && isSuccess(status)
				mu.Lock()
				if taken {
					answer.taken = append(answer.taken, call)
				} else {
					answer.refused, answer.status = append(answer.refused, call), status
				}
				mu.Unlock()
				if !taken {
					return
				}
			}
		})
	}
	group.Wait()

	return answer, nil
}

// one delivers one callback and returns the answer's status.
func (p postEach) one(ctx context.Context, call callback) (int, error) {
	request, err := p.request(ctx, call)
	if err != nil {
		return 0, err
	}

	return statusOf(p.client, request)
}

// statusOf sends a request and reads its answer to the end.
func statusOf(client *http.Client, request *http.Request) (int, error) {
	answer, err := client.Do(request)
	if err != nil {
		return 0, fmt.Errorf("deliver callbacks: %w", err)
	}
	_, drained := io.Copy(io.Discard, io.LimitReader(answer.Body, 1<<20))
	if err := errors.Join(drained, answer.Body.Close()); err != nil {
		return 0, fmt.Errorf("read the answer to callbacks: %w", err)
	}

	return answer.StatusCode, nil
}

// isSuccess says whether a status is a 2xx.
func isSuccess(status int) bool {
	return status/100 == 2
}
