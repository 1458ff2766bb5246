package api

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"beckon/intake"
	"beckon/models"
	"beckon/workflows"
)

// sourceAPI is the source of suppressions that were added here.
const sourceAPI = "api"

// ListSuppressions answers GET /suppressions.
func (s *server) ListSuppressions(
	ctx context.Context, request ListSuppressionsRequestObject,
) (ListSuppressionsResponseObject, error) {
	page := pageOf(request.Params.Page, request.Params.PerPage)
	rows, total, err := s.store.Suppressions(ctx, models.SuppressionFilter{
		Page: page, Search: value(request.Params.Search), Channel: request.Params.Channel,
	})
	if err != nil {
		return nil, fmt.Errorf("list suppressions: %w", err)
	}
	list := ListSuppressions200JSONResponse{
		Data: make([]Suppression, 0, len(rows)), Page: page.Number, PerPage: page.PerPage, Total: total,
	}
	for i := range rows {
		list.Data = append(list.Data, showSuppression(&rows[i]))
	}
	return list, nil
}

// AddSuppression answers POST /suppressions. The suppression holds once it is answered; contacts that it leaves no way to
// are ended after that.
func (s *server) AddSuppression(
	ctx context.Context, request AddSuppressionRequestObject,
) (AddSuppressionResponseObject, error) {
	body := request.Body
	defaults, err := s.store.Installation(ctx)
	if err != nil {
		return nil, fmt.Errorf("read settings: %w", err)
	}
	address, err := suppressible(body.Channel, body.Address, defaults.DefaultRegion)
	if err != nil {
		p := contactPatch{}
		p.fault("/address", err)
		return nil, refuse(p.faults)
	}
	reason := models.SuppressedManual
	if body.Reason != nil {
		reason = *body.Reason
	}
	added, err := s.store.AddSuppression(ctx, body.Channel, address, reason, sourceAPI)
	if err != nil {
		return nil, fmt.Errorf("add suppression: %w", err)
	}
	s.sweepSoon(ctx)
	return AddSuppression201JSONResponse(showSuppression(added)), nil
}

// suppressible normalises an address for its channel. That of all channels may be of either kind. National numbers are
// read in the region.
func suppressible(channel models.SuppressionChannel, address, region string) (string, error) {
	isEmail := channel == models.SuppressionChannel(models.ChannelEmail) ||
		channel == models.SuppressAll && strings.Contains(address, "@")
	if isEmail {
		return intake.Email(address)
	}
	return intake.PhoneOfCall(address, region)
}

// DeleteSuppression answers DELETE /suppressions/{suppressionId}.
func (s *server) DeleteSuppression(
	ctx context.Context, request DeleteSuppressionRequestObject,
) (DeleteSuppressionResponseObject, error) {
	if err := s.store.DeleteSuppression(ctx, request.SuppressionID); err != nil {
		return nil, fmt.Errorf("delete suppression: %w", err)
	}
	return DeleteSuppression204Response{}, nil
}

func showSuppression(row *models.Suppression) Suppression {
	return Suppression{
		ID: row.ID, Channel: row.Channel, Address: row.Address, Reason: row.Reason, Source: row.Source,
		CreatedAt: row.CreatedAt.UTC(),
	}
}

// How suppressions are swept: contacts a page, and for how long at most. What is left is swept by the next sweep.
const (
	sweepPage    = 100
	sweepTimeout = time.Minute
)

// sweeps keeps one sweep going at a time in a process, however many suppressions come at once.
type sweeps struct {
	mu      sync.Mutex
	running bool
	again   bool // something was suppressed since the running sweep began
}

// begin says whether the caller is to sweep. A sweep that is running sees to it otherwise.
func (r *sweeps) begin() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.running {
		r.again = true
		return false
	}
	r.running = true
	return true
}

// done says whether the caller's sweep is to begin anew.
func (r *sweeps) done() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.again {
		r.again = false
		return false
	}
	r.running = false
	return true
}

// sweepSoon ends the contacts that suppressions leave no way to, after the answer.
func (s *server) sweepSoon(ctx context.Context) {
	if !s.sweeping.begin() {
		return
	}
	ctx = context.WithoutCancel(ctx)
	go func() {
		for {
			s.sweep(ctx)
			if s.sweeping.done() {
				return
			}
		}
	}()
}

func (s *server) sweep(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, sweepTimeout)
	defer cancel()
	for more := true; more; {
		wakes, again, err := s.store.SweepSuppressions(ctx, sweepPage)
		s.tellAll(ctx, notices(workflows.SignalWake, wakes))
		if err != nil {
			s.log.WarnContext(ctx, "suppressions not swept", "error", err)
			return
		}
		more = again
	}
}
